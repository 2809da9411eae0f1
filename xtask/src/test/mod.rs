//! `cargo xtask test`: runs all checks.

mod auditable;
mod deny;
mod end_to_end;
mod shuttle;
mod versions;
mod workflows;

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use console::style;

use crate::{api, docs, fuzz, rustdoc, soak, tidy, ui, workspace};

/// A step of `cargo xtask test`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    /// `cargo fmt --check`
    Fmt,
    /// The crate graph, the imports between files, the manifests, and the size of files and folders
    Tidy,
    /// Clippy for everything, with warnings denied, and for the fuzz targets
    Clippy,
    /// All unit, property and integration tests
    Tests,
    /// A short soak: a function under all faults, and the count of what it wrote
    Soak,
    /// All examples in the documentation
    Doctests,
    /// The documentation itself, warnings denied
    Doc,
    /// The documentation as docs.rs builds it from the packages, and its links
    DocsRs,
    /// The site: its pages, links and accessibility
    Site,
    /// The public API of each published crate, and the other crates' types in it
    Api,
    /// Each feature of the umbrella alone, and none; and requests of every source with several sets of features
    Features,
    /// Functions in a local AWS
    EndToEnd,
    /// Licences, bans and sources of the dependencies
    Deny,
    /// The workflows of the repository and of the templates, with zizmor and actionlint
    Workflows,
    /// Each published crate with the Rust version of its manifest
    RustVersions,
    /// The published crates with the lowest versions of their dependencies
    LowestVersions,
    /// The models of what threads share, in many interleavings, with shuttle
    Shuttle,
    /// The list of dependencies in a function that `cargo auditable` builds
    Auditable,
}

/// The steps that run only if they are named: they install other versions of Rust or programs, or compile dependencies again.
const ON_REQUEST: [Step; 4] = [Step::RustVersions, Step::LowestVersions, Step::Shuttle, Step::Auditable];

pub(crate) fn run(steps: &[Step], suite: &str) -> Result<()> {
    let all = || Step::value_variants().iter().filter(|step| !ON_REQUEST.contains(step));
    let steps: Vec<_> = if steps.is_empty() {
        all().collect()
    } else {
        steps.iter().collect()
    };
    let mut outcomes = Vec::new();
    for step in steps {
        ui::heading(&format!("{} ({})", step.name(), step.about()));
        let started = Instant::now();
        let result = step.run(suite);
        if let Err(error) = &result {
            ui::error(error);
        }
        outcomes.push((*step, result.unwrap_or(Outcome::Failed), started.elapsed()));
    }
    summarise(&outcomes)
}

enum Outcome {
    Passed,
    Skipped(&'static str),
    Failed,
}

impl Step {
    fn run(self, suite: &str) -> Result<Outcome> {
        match self {
            Self::Fmt => {
                cargo(&["fmt", "--all", "--check"])?;
                cargo(&["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"])
            }
            Self::Tidy => tidy::run().map(|()| Outcome::Passed),
            Self::Clippy => {
                cargo(&[
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--all-features",
                    "--",
                    "--deny",
                    "warnings",
                ])?;
                succeed(&mut fuzz::clippy()?)
            }
            Self::Tests if has("cargo-nextest") => cargo(&[
                "nextest",
                "run",
                "--workspace",
                "--all-features",
                "--no-fail-fast",
                "--status-level",
                "fail",
            ]),
            Self::Tests => cargo(&[
                "test",
                "--workspace",
                "--all-features",
                "--all-targets",
                "--no-fail-fast",
            ]),
            Self::Soak => succeed(&mut soak::short()),
            Self::Doctests => cargo(&["test", "--workspace", "--all-features", "--doc"]),
            Self::Doc => succeed(&mut rustdoc::workspace_docs()?),
            // A developer's tree is not committed yet.
            Self::DocsRs => docs::api(true).map(|()| Outcome::Passed),
            Self::Site => Ok(if docs::check_site()? {
                Outcome::Passed
            } else {
                // It takes minutes of CPU time, once.
                Outcome::Skipped(
                    "only the sources were checked; to compile mdBook and check all, run `cargo xtask docs site`",
                )
            }),
            Self::Api => match api::check(false)? {
                api::Checked::Ok => Ok(Outcome::Passed),
                api::Checked::OtherFormat => Ok(Outcome::Skipped(api::OTHER_FORMAT)),
            },
            Self::Features => features(),
            Self::EndToEnd => end_to_end::run(suite).map(|()| Outcome::Passed),
            Self::Deny => {
                let calls = deny::calls(has("cargo-deny"))?;
                calls
                    .into_iter()
                    .try_fold(Outcome::Passed, |_, mut call| succeed(&mut call))
            }
            Self::Workflows => Ok(match workflows::run()? {
                None => Outcome::Passed,
                Some(skipped) => Outcome::Skipped(skipped),
            }),
            Self::RustVersions => versions::rust().map(|()| Outcome::Passed),
            Self::LowestVersions => versions::dependencies().map(|()| Outcome::Passed),
            Self::Shuttle => shuttle::run().map(|()| Outcome::Passed),
            Self::Auditable => auditable::run().map(|()| Outcome::Passed),
        }
    }

    fn name(self) -> String {
        self.to_possible_value()
            .map_or_else(String::new, |value| value.get_name().to_owned())
    }

    fn about(self) -> String {
        let help = self
            .to_possible_value()
            .and_then(|value| value.get_help().map(ToString::to_string));
        help.unwrap_or_default()
    }
}

/// The features with which requests of every source are read. Those of `lambda_http` change its types, and other crates of a
/// function may enable them.
const REQUEST_FEATURES: [&str; 5] = [
    "",
    "axum",
    "lambda_http/pass_through",
    "lambda_http/catch-all-fields",
    "axum,local,lambda_http/pass_through,lambda_http/catch-all-fields",
];

/// Checks the umbrella with each of its features alone, and with none; and how requests are read.
fn features() -> Result<Outcome> {
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(workspace::root())
        .no_deps()
        .exec()?;
    let umbrella = metadata
        .packages
        .iter()
        .find(|package| package.name.as_str() == "powertools-lambda");
    let features = umbrella
        .context("the workspace has no package powertools-lambda")?
        .features
        .keys();
    let sets: Vec<_> = std::iter::once("").chain(features.map(String::as_str)).collect();
    for set in &sets {
        println!("features: {}", if set.is_empty() { "none" } else { set });
        cargo(&[
            "clippy",
            "--quiet",
            "--package",
            "powertools-lambda",
            "--lib",
            "--no-default-features",
            "--features",
            set,
            "--",
            "--deny",
            "warnings",
        ])?;
    }
    println!("{} feature sets compile", sets.len());
    for set in REQUEST_FEATURES {
        println!(
            "requests of every source, features: {}",
            if set.is_empty() { "none" } else { set }
        );
        cargo(&[
            "test",
            "--quiet",
            "--package",
            "powertools-lambda-http",
            "--test",
            "it",
            "--no-default-features",
            "--features",
            set,
        ])?;
    }
    Ok(Outcome::Passed)
}

fn cargo(arguments: &[&str]) -> Result<Outcome> {
    succeed(&mut workspace::cargo(arguments))
}

fn succeed(command: &mut Command) -> Result<Outcome> {
    let arguments: Vec<_> = command
        .get_args()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let line = format!("cargo {}", arguments.join(" "));
    println!("{}", style(format!("$ {line}")).dim());
    let status = command
        .status()
        .with_context(|| format!("`{line}` cannot be started"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    Ok(Outcome::Passed)
}

fn has(program: &str) -> bool {
    let call = Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    // Cargo's own subcommands expect their name as the first argument.
    let subcommand = program.strip_prefix("cargo-").unwrap_or(program);
    call.is_ok_and(|status| status.success())
        || Command::new(program)
            .args([subcommand, "--version"])
            .output()
            .is_ok_and(|output| output.status.success())
}

fn summarise(outcomes: &[(Step, Outcome, Duration)]) -> Result<()> {
    ui::heading("Summary");
    for (step, outcome, taken) in outcomes {
        let (mark, remark) = match outcome {
            Outcome::Passed => (style("passed").green(), String::new()),
            Outcome::Skipped(why) => (style("skipped").yellow(), format!("  {why}")),
            Outcome::Failed => (
                style("failed").red().bold(),
                format!("  to run only this step: cargo xtask test {}", step.name()),
            ),
        };
        println!("{:12} {mark} {:>8}{remark}", step.name(), ui::seconds(*taken));
    }
    let failed = outcomes
        .iter()
        .filter(|(_, outcome, _)| matches!(outcome, Outcome::Failed))
        .count();
    if failed > 0 {
        bail!("{failed} of {} steps failed", outcomes.len());
    }
    Ok(())
}
