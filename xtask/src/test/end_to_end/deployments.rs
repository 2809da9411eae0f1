//! Checks the CDK and Terraform templates that the site shows. The SAM template is that of `templates/plain`, which is deployed.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::templates;
use crate::npm::Packages;
use crate::{ui, workspace};

/// The packages that compile and run the CDK's template.
const PACKAGES: Packages = Packages {
    folder: "cdk",
    about: "the CDK",
    manifest: r#"{
  "private": true,
  "dependencies": { "aws-cdk-lib": "2.276.0", "constructs": "10.8.1" },
  "devDependencies": { "@types/node": "26.6.7", "typescript": "7.0.2" }
}
"#,
    program: "tsc",
};

/// The rules of cfn-lint that the CDK itself does not follow: it states a dependency that a reference implies.
const OF_CDK: &str = "W3005";

pub(super) fn run() -> Result<()> {
    let templates = workspace::root().join("docs/site/deploy");
    terraform(&templates.join("main.tf"))?;
    cdk(&templates.join("stack.ts"))
}

/// Checks syntax and style. To check names of attributes, Terraform needs its registry.
fn terraform(template: &Path) -> Result<()> {
    if !has("terraform") {
        println!("skipped: no terraform on the PATH");
        return Ok(());
    }
    let mut command = Command::new("terraform");
    succeed(command.args(["fmt", "-check", "-diff"]).arg(template))?;
    println!("ok      Terraform reads {}", template.display());
    Ok(())
}

/// Compiles the stack, and lints the template of CloudFormation that it becomes.
fn cdk(stack: &Path) -> Result<()> {
    let Some(folder) = PACKAGES.install()? else {
        println!("skipped: no npm on the PATH");
        return Ok(());
    };
    std::fs::copy(stack, folder.join("stack.ts"))?;
    // An empty program, because the program is not checked.
    let program = folder.join("target/lambda/orders/bootstrap");
    std::fs::create_dir_all(program.parent().unwrap_or(&folder))?;
    std::fs::write(&program, "")?;
    ui::task("Compiling and linting the CDK's stack", || {
        let compile = [
            "--strict",
            "--skipLibCheck",
            "--target",
            "es2022",
            "--module",
            "commonjs",
        ];
        let mut compiler = Command::new(folder.join("node_modules/.bin/tsc"));
        succeed(compiler.current_dir(&folder).args(compile).arg("stack.ts"))?;
        let mut node = Command::new("node");
        succeed(
            node.current_dir(&folder)
                .arg("stack.js")
                .env("CDK_OUTDIR", folder.join("out")),
        )?;
        let mut linter = Command::new(templates::linter()?);
        let template = folder.join("out/Orders.template.json");
        succeed(linter.args(["--ignore-checks", OF_CDK, "--"]).arg(template))
    })?;
    println!("ok      the CDK's stack compiles, and its template has no errors or warnings");
    Ok(())
}

fn has(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}

fn succeed(command: &mut Command) -> Result<()> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("{name} cannot be started"))?;
    let text = [output.stdout, output.stderr].concat();
    ensure!(
        output.status.success(),
        "{name} reports problems:\n{}",
        String::from_utf8_lossy(&text)
    );
    Ok(())
}
