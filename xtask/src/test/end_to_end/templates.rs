//! Checks that CloudFormation would accept the examples' templates.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::python::Environment;
use crate::{ui, workspace};

const PYTHON: Environment = Environment {
    folder: "cfn-lint",
    about: "cfn-lint (about 180 MB)",
    requirements: include_str!("cfn-lint.txt"),
};

/// A template with an error that every linter finds, to check that the linter works.
const FAULTY: &str = r"
Transform: AWS::Serverless-2016-10-31
Resources:
  Function:
    Type: AWS::Serverless::Function
    Properties: {Runtime: provided.al2023, Handler: bootstrap, CodeUri: code, MemorySize: much}
";

pub(super) fn run() -> Result<()> {
    let linter = PYTHON.install()?.join("bin/cfn-lint");
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
        ensure!(
            !lint(&[faulty])?.status.success(),
            "cfn-lint finds nothing in an invalid template"
        );
        Ok(())
    })?;
    println!("ok      {} templates have no errors or warnings", templates.len());
    Ok(())
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
