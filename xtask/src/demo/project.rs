//! [`Project`]: a function outside the workspace, such as one made from a template, in a local AWS.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::Message;
use console::style;
use powertools_telemetry::{Capture, Telemetry};
use serde_json::Value;

use super::outcome::{leave_running, show_telemetry, tail};
use crate::application::{Deployment, Traces};
use crate::local_aws::{Client, stack};
use crate::timeline::is_handler;
use crate::{ui, workspace};

/// A folder with `Cargo.toml`, `template.yaml` and, in `events`, events as JSON.
pub(crate) struct Project<'a> {
    folder: &'a Path,
}

/// A project's function, with its answers and its telemetry.
pub(crate) struct Run {
    pub(crate) deployment: Deployment,
    pub(crate) function: String,
    /// Each event's file, the answer, and what is wrong if the function failed.
    pub(crate) answers: Vec<(String, Result<Value>)>,
    pub(crate) capture: Capture,
}

/// Runs the function, and shows what it wrote.
pub(super) fn run(folder: &Path, keep: bool, release: bool) -> Result<()> {
    let project = Project::new(folder);
    let programs = project.build(&mut workspace::cargo(&[]), release)?;
    let run = project.run(&programs)?;
    ui::heading("Events");
    for (event, answer) in &run.answers {
        match answer {
            Ok(answer) => println!("{event}\n  {} {answer}", style("answered").green()),
            Err(error) => println!("{event}\n  {} {error:#}", style("failed").red()),
        }
    }
    show_telemetry(&run.capture)?;
    if keep {
        let endpoint = run.deployment.client().endpoint().to_owned();
        let commands = [("logs:", tail(&endpoint, &run.function))];
        leave_running(run.deployment.aws, &commands);
    }
    Ok(())
}

impl<'a> Project<'a> {
    pub(crate) fn new(folder: &'a Path) -> Self {
        Self { folder }
    }

    /// Builds the programs with this call of cargo, and returns their folder.
    pub(crate) fn build(&self, cargo: &mut Command, release: bool) -> Result<PathBuf> {
        let profile = if release { "release" } else { "dev" };
        ui::task(
            format!("Building {} ({profile} profile)", self.folder.display()),
            || {
                let output = cargo
                    .args(["build", "--quiet", "--profile", profile])
                    .arg("--message-format=json-render-diagnostics")
                    .current_dir(self.folder)
                    .output()
                    .context("cargo cannot be started")?;
                ensure!(
                    output.status.success(),
                    "{} does not build:\n{}",
                    self.folder.display(),
                    String::from_utf8_lossy(&output.stderr)
                );
                let program = Message::parse_stream(output.stdout.as_slice()).find_map(|message| match message {
                    Ok(Message::CompilerArtifact(artifact)) => artifact.executable,
                    _ => None,
                });
                let program = program.with_context(|| format!("{} has no program", self.folder.display()))?;
                let folder = program.parent().context("a program lies in a folder")?;
                Ok(folder.into())
            },
        )
    }

    /// Deploys the template with the programs of a folder, and invokes the function with each event.
    pub(crate) fn run(&self, programs: &Path) -> Result<Run> {
        let template = self.folder.join("template.yaml");
        let folder = self.folder.canonicalize();
        let folder = folder.with_context(|| format!("{} cannot be found", self.folder.display()))?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let read = |name: &str| {
            let program = programs.join(name);
            std::fs::read(&program).with_context(|| format!("{} cannot be read", program.display()))
        };
        let deployment = Deployment::start(Traces::XRay, &[], |client| {
            ui::task("Deploying template.yaml through CloudFormation", || {
                stack::deploy(client, &name, &template, read)
            })
        })?;
        let function = function(deployment.client())?;
        let events = self.events()?;
        let answers: Vec<_> = ui::task(format!("Invoking {function}"), || {
            let invoke = |(name, event): (String, Value)| {
                let answer = deployment.client().invoke(&function, &event);
                (name, answer)
            };
            Ok(events.into_iter().map(invoke).collect())
        })?;
        // Metrics and spans are written after the response.
        let is_complete = |telemetry: &Telemetry| {
            let handlers = telemetry.segments.iter().filter(|segment| is_handler(segment));
            handlers.count() >= answers.len() && telemetry.emf().count() >= answers.len()
        };
        let (capture, _) = deployment.collect(is_complete)?;
        Ok(Run {
            deployment,
            function,
            answers,
            capture,
        })
    }

    /// Returns the events with the names of their files.
    fn events(&self) -> Result<Vec<(String, Value)>> {
        let folder = self.folder.join("events");
        let mut events = Vec::new();
        for entry in std::fs::read_dir(&folder).with_context(|| format!("{} cannot be read", folder.display()))? {
            let path = entry?.path();
            let text = std::fs::read_to_string(&path)?;
            let event = serde_json::from_str(&text).with_context(|| format!("{} is not JSON", path.display()))?;
            let name = path
                .file_name()
                .map(|name| format!("events/{}", name.to_string_lossy()));
            events.push((name.unwrap_or_default(), event));
        }
        events.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(events)
    }
}

/// Returns the name of the only function.
fn function(client: &Client) -> Result<String> {
    let answer = client.rest("lambda", "GET", "2015-03-31/functions", &Value::Null)?;
    let functions = answer["Functions"].as_array().map_or(&[][..], Vec::as_slice);
    ensure!(
        functions.len() == 1,
        "template.yaml has {} functions, and only one can be run here",
        functions.len()
    );
    let name = functions[0]["FunctionName"].as_str();
    Ok(name.context("the function has no name")?.to_owned())
}
