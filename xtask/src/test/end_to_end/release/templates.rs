//! Suite: a project from each template, as those who use the published crates make it: tested, built, and run in a local AWS.
//!
//! The crates are those of a first release to the registry of the test. All projects share one target folder with the suite of
//! releases.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::scene::{Scene, printed};
use crate::demo::project::{Project, Run};
use crate::json::text;
use crate::python::Environment;
use crate::test::end_to_end::templates as linter;
use crate::timeline::is_handler;
use crate::ui;

const CARGO_LAMBDA: Environment = Environment {
    folder: "cargo-lambda",
    about: "cargo-lambda (35 MB)",
    // Without zig, with which it compiles for other platforms.
    requirements: "cargo-lambda==1.9.2\n",
};

/// What a template's project is expected to do with its sample event.
struct Template {
    name: &'static str,
    /// Whether the project has the AWS SDK among its dependencies.
    has_sdk: bool,
    /// A part of the answer to the sample event.
    answer: &'static str,
    /// A metric, the message of a record, and the name of a span.
    writes: [&'static str; 3],
}

const TEMPLATES: [Template; 3] = [
    Template {
        name: "http-api",
        has_sdk: false,
        answer: r#""statusCode":201"#,
        writes: ["OrdersPlaced", "order placed", "## save"],
    },
    Template {
        name: "plain",
        has_sdk: false,
        answer: r#""order":"A-1""#,
        writes: ["OrdersPlaced", "collecting payment", "## charge"],
    },
    Template {
        name: "queue-worker",
        has_sdk: false,
        answer: r#""itemIdentifier":"2e1424d4-f796-459a-8184-9c92662be6da""#,
        writes: ["OrdersCharged", "order charged", "## charge"],
    },
];

/// Makes, tests, builds and runs each project.
pub(in crate::test::end_to_end) fn run() -> Result<()> {
    let scene = ui::task("Copying the repository, and starting a registry", Scene::set_up)?;
    ui::task("Publishing the crates to it", || scene.publish_all())?;
    ensure!(
        names(&scene.repository().join("templates"))? == TEMPLATES.map(|template| template.name),
        "each template is tested"
    );
    for template in &TEMPLATES {
        let name = template.name;
        ui::task(format!("{name}: checking the name of its stack"), || {
            check_stack(&scene, name)
        })?;
        let folder = ui::task(format!("{name}: making a project"), || {
            make(&scene, name, &project_name(name))
        })?;
        ui::task(format!("{name}: checking its files"), || {
            check_files(&scene, name, &folder)
        })?;
        ui::task(format!("{name}: running its tests"), || test(&scene, template, &folder))?;
        // The project is run with its events only: MiniStack 1.5.33 makes no `$default` route for the API of the
        // template `http-api`.
        let project = Project::new(&folder);
        let programs = project.build(&mut scene.cargo_command(&folder, &[]), false)?;
        let run = project.run(&programs)?;
        check_run(template, &run).with_context(|| format!("{name}: {:?}", run.capture))?;
    }
    println!("ok      each template makes a project that passes its tests and runs");
    Ok(())
}

/// Serves the crates until Enter is pressed, so that a newcomer's first steps can be tried before a release.
pub(in crate::test::end_to_end) fn serve() -> Result<()> {
    let scene = ui::task("Copying the repository, and starting a registry", Scene::set_up)?;
    ui::task("Publishing the crates to it", || scene.publish_all())?;
    println!(
        "Work in {}: its .cargo/config.toml replaces crates.io by this registry. Press Enter to end it.",
        scene.empty_folder("walk")?.display()
    );
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// Makes a project from the repository's template, with cargo-lambda.
fn make(scene: &Scene, template: &str, name: &str) -> Result<PathBuf> {
    let folder = scene.empty_folder("projects")?;
    // rustfmt looks for its settings in each folder above, and would find those of the repository.
    std::fs::write(folder.join("rustfmt.toml"), "")?;
    let mut command = Command::new(CARGO_LAMBDA.install()?.join("bin/cargo-lambda"));
    command
        .args(["lambda", "new", "--template"])
        .arg(scene.repository().join("templates").join(template))
        .arg(name)
        .current_dir(&folder);
    printed(&command.output().context("cargo-lambda cannot be started")?)?;
    Ok(folder.join(name))
}

/// Checks that the name of the stack is valid if that of the project has an underscore, which CloudFormation refuses.
fn check_stack(scene: &Scene, template: &str) -> Result<()> {
    let folder = make(scene, template, "my_project")?;
    let settings = std::fs::read_to_string(folder.join("samconfig.toml"))?;
    ensure!(
        settings.lines().any(|line| line == r#"stack_name = "my-project""#),
        "the stack's name is not valid:\n{settings}"
    );
    Ok(())
}

/// Checks what is in the project.
fn check_files(scene: &Scene, template: &str, folder: &Path) -> Result<()> {
    let files = files(folder)?;
    let sources = scene.repository().join("templates").join(template);
    let expected: Vec<_> = self::files(&sources)?
        .into_iter()
        .map(|(name, _)| name)
        .filter(|name| !["CargoLambda.toml", "cargo-generate.toml", "project_name.rhai"].contains(&name.as_str()))
        .collect();
    let found: Vec<_> = files.iter().map(|(name, _)| name.clone()).collect();
    ensure!(found == expected, "the project has {found:?} instead of {expected:?}");
    for (name, text) in &files {
        ensure!(
            !text.contains("{%") && !text.replace("${{", "").contains("{{"),
            "{name} has a placeholder:\n{text}"
        );
    }
    linter::lint(&folder.join("template.yaml"))?;
    check_generated(scene, template, &files)?;

    // Cargo looks for a workspace in each folder above, and would find that of the repository.
    let manifest = folder.join("Cargo.toml");
    let text = std::fs::read_to_string(&manifest)?;
    std::fs::write(manifest, text + "\n[workspace]\n")?;
    printed(&scene.cargo(folder, &["fmt", "--check"])?).map(drop)
}

/// Checks that `cargo generate` makes the same files, if it is installed.
fn check_generated(scene: &Scene, template: &str, files: &[(String, String)]) -> Result<()> {
    let mut generate = Command::new("cargo-generate");
    let is_installed = generate.arg("--version").output().is_ok();
    if !is_installed {
        println!("skipped: cargo-generate is not on the PATH");
        return Ok(());
    }
    let other = scene.empty_folder("generated")?;
    let mut generate = Command::new("cargo-generate");
    generate
        .args([
            "generate",
            "--silent",
            "--vcs",
            "none",
            "--name",
            &project_name(template),
            "--path",
        ])
        .arg(scene.repository().join("templates").join(template))
        .current_dir(&other);
    printed(&generate.output()?)?;
    let generated = self::files(&other.join(project_name(template)))?;
    ensure!(
        generated == files,
        "cargo generate and cargo lambda new make different projects"
    );
    Ok(())
}

fn test(scene: &Scene, template: &Template, folder: &Path) -> Result<()> {
    let text = printed(&scene.cargo(folder, &["test", "--quiet"])?)?;
    ensure!(
        text.contains("test result: ok") && !text.contains(" 0 passed"),
        "its tests did not run:\n{text}"
    );
    let tree = printed(&scene.cargo(folder, &["tree", "--prefix", "none", "--edges", "normal"])?)?;
    let has_sdk = tree
        .lines()
        .any(|line| line.starts_with("aws-sdk-") || line.starts_with("aws-config "));
    ensure!(
        has_sdk == template.has_sdk,
        "the project has other dependencies than expected:\n{tree}"
    );
    Ok(())
}

fn check_run(template: &Template, run: &Run) -> Result<()> {
    for (event, answer) in &run.answers {
        let answer = answer.as_ref().map_err(|error| anyhow::anyhow!("{event}: {error:#}"))?;
        ensure!(
            answer.to_string().contains(template.answer),
            "{event} is answered {answer}"
        );
    }
    let telemetry = run.capture.read();
    let [metric, message, span] = template.writes;
    let name = project_name(template.name);
    let record = telemetry.records().find(|record| record["message"] == message);
    let record = record.context("its record is missing")?;
    ensure!(record["service"] == name.as_str(), "{record}");
    let counted = telemetry
        .emf()
        .find(|document| document[metric] == 1 || document[metric] == 1.0);
    let counted = counted.context("its metric is missing")?;
    ensure!(
        counted["_aws"]["CloudWatchMetrics"][0]["Namespace"] == name.as_str(),
        "{counted}"
    );
    let step = telemetry.segments.iter().find(|segment| segment.name() == span);
    let step = step.context("its span is missing")?;
    let handler = telemetry.segments.iter().find(|segment| is_handler(segment));
    let handler = handler.context("the handler's span is missing")?;
    ensure!(
        step.trace_id() == handler.trace_id(),
        "{} is in another trace",
        step.name()
    );
    ensure!(
        record["xray_trace_id"] == text(&handler["trace_id"]).as_str(),
        "the record is of another trace: {record}"
    );
    let unknown: Vec<_> = telemetry.unknown().collect();
    ensure!(unknown.is_empty(), "it writes what nothing reads: {unknown:?}");
    Ok(())
}

fn project_name(template: &str) -> String {
    format!("my-{template}")
}

/// Returns the names in a folder, in order.
fn names(folder: &Path) -> Result<Vec<String>> {
    let entries = std::fs::read_dir(folder)?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    let mut names: Vec<_> = names.collect::<Result<_>>()?;
    names.sort();
    Ok(names)
}

/// Returns the files below a folder with their texts, in order of name.
fn files(folder: &Path) -> Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for name in names(folder)? {
        let path = folder.join(&name);
        if path.is_dir() {
            files.extend(
                self::files(&path)?
                    .into_iter()
                    .map(|(file, text)| (format!("{name}/{file}"), text)),
            );
        } else {
            files.push((name, std::fs::read_to_string(&path)?));
        }
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_is_pinned() {
        assert!(CARGO_LAMBDA.is_pinned());
    }
}
