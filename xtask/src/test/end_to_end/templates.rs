//! Checks that CloudFormation would accept the examples' templates, and that their batches are reported.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::template_events;
use crate::python::Environment;
use crate::{ui, workspace};

const PYTHON: Environment = Environment {
    folder: "cfn-lint",
    about: "cfn-lint (about 180 MB)",
    requirements: include_str!("cfn-lint.txt"),
};

/// Writes a template as JSON. `PyYAML` comes with cfn-lint; a tag such as `!Ref` becomes an object.
const TO_JSON: &str = r"
import json, sys, yaml

def tagged(loader, tag, node):
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    return {tag: loader.construct_mapping(node, deep=True)}

yaml.SafeLoader.add_multi_constructor('!', tagged)
with open(sys.argv[1]) as template:
    json.dump(yaml.safe_load(template), sys.stdout, default=str)
";

/// A template with an error that every linter finds, to check that the linter works.
const FAULTY: &str = r"
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {Runtime: provided.al2023, Handler: bootstrap, CodeUri: code, MemorySize: much}
";

pub(super) fn run() -> Result<()> {
    let python = PYTHON.install()?;
    let linter = linter()?;
    let templates = templates()?;
    ensure!(!templates.is_empty(), "no templates found");
    let faulty = workspace::target()?.join(PYTHON.folder).join("faulty.yaml");
    std::fs::write(&faulty, FAULTY)?;
    ui::task(format!("Linting {} templates", templates.len()), || {
        let lint = |files: &[PathBuf]| {
            Command::new(&linter)
                .arg("--")
                .args(files)
                .output()
                .context("cfn-lint cannot be started")
        };
        let output = lint(&templates)?;
        ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
        for template in &templates {
            let problems = template_events::problems(&json(&python, template)?);
            ensure!(problems.is_empty(), "{}:\n{}", template.display(), problems.join("\n"));
        }
        ensure!(
            !lint(&[faulty])?.status.success(),
            "cfn-lint finds nothing in an invalid template"
        );
        Ok(())
    })?;
    println!(
        "ok      {} templates have no errors or warnings, and their functions' events are right",
        templates.len()
    );
    Ok(())
}

/// Installs cfn-lint and returns its program.
pub(super) fn linter() -> Result<PathBuf> {
    Ok(PYTHON.install()?.join("bin/cfn-lint"))
}

/// Checks a template that is not in the repository.
pub(super) fn lint(template: &Path) -> Result<()> {
    let output = Command::new(linter()?).arg("--").arg(template).output();
    let output = output.context("cfn-lint cannot be started")?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    let problems = template_events::problems(&json(&PYTHON.install()?, template)?);
    ensure!(problems.is_empty(), "{}", problems.join("\n"));
    Ok(())
}

/// Reads a template.
fn json(python: &Path, template: &Path) -> Result<Value> {
    let json = Command::new(python.join("bin/python"))
        .args(["-c", TO_JSON])
        .arg(template)
        .output()
        .context("Python cannot be started")?;
    let error = String::from_utf8_lossy(&json.stderr);
    ensure!(json.status.success(), "{} is not YAML: {error}", template.display());
    Ok(serde_json::from_slice(&json.stdout)?)
}

fn templates() -> Result<Vec<PathBuf>> {
    let examples = std::fs::read_dir(workspace::root().join("examples"))?;
    let templates = examples.map(|entry| Ok(entry?.path().join("template.yaml")));
    let templates: Result<Vec<_>> = templates.collect();
    let operations = workspace::root().join("crates/powertools-lambda/docs/operations.yaml");
    let templates = templates?.into_iter().chain([operations]);
    Ok(templates.filter(|template| template.exists()).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_requirement_is_pinned() {
        assert!(PYTHON.is_pinned());
    }
}
