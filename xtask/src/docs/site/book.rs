//! [`build`]: turns the pages into HTML with mdBook.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{ui, workspace};

/// The version that the theme's style sheet was written for.
const VERSION: &str = "0.5.4";

/// The book's settings. Without `preferred-dark-theme`, a reader's dark color scheme would be ignored.
const SETTINGS: &str = r#"
[book]
title = "Powertools for AWS Lambda in Rust"
description = "Structured logs, metrics, traces, parameters, batches and feature flags for Lambda functions in Rust."
language = "en"
src = "source"

[build]
build-dir = "html"
create-missing = false

[output.html]
additional-css = ["site.css"]
additional-js = ["site.js"]
default-theme = "light"
preferred-dark-theme = "ayu"
smart-punctuation = false
no-section-label = true
input-404 = ""

[output.html.print]
enable = false

[output.html.playground]
runnable = false

[output.html.search]
limit-results = 20
boost-title = 4
"#;

/// Returns whether mdBook is compiled already.
pub(super) fn is_ready() -> Result<bool> {
    Ok(is_installed(&program()?))
}

/// Builds the book of `folder`, from its `source` to its `html`.
pub(super) fn build(folder: &Path) -> Result<()> {
    let program = install()?;
    std::fs::write(folder.join("book.toml"), SETTINGS)?;
    std::fs::write(folder.join("site.css"), include_str!("site.css"))?;
    std::fs::write(folder.join("site.js"), include_str!("site.js"))?;
    ui::task("Building the book", || {
        let output = Command::new(&program).arg("build").arg(folder).output()?;
        let text = String::from_utf8_lossy(&output.stderr);
        // A warning is a broken fence or tag.
        if !output.status.success() || text.contains("WARN") || text.contains("ERROR") {
            bail!("mdBook reports problems:\n{text}");
        }
        Ok(())
    })
}

/// Returns mdBook's program, which is compiled once.
fn install() -> Result<PathBuf> {
    let target = workspace::target()?;
    let folder = target.join("tools");
    let program = folder.join("bin/mdbook");
    let installed = Command::new(&program).arg("--version").output();
    if installed.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim_end() == format!("mdbook v{VERSION}"))
    {
        return Ok(program);
    }
    ui::task(format!("Compiling mdBook {VERSION} (only once, a few minutes)"), || {
        let mut command = workspace::cargo(&["install", "mdbook", "--locked", "--quiet", "--no-default-features"]);
        let output = command
            .args(["--features", "search", "--version", VERSION, "--root"])
            .arg(&folder)
            .env("CARGO_TARGET_DIR", target.join("tools/build"))
            .output()
            .context("cargo cannot be started")?;
        if !output.status.success() {
            bail!("mdBook does not compile:\n{}", String::from_utf8_lossy(&output.stderr));
        }
        Ok(())
    })?;
    // What it was compiled from is large and not needed again.
    std::fs::remove_dir_all(target.join("tools/build"))?;
    Ok(program)
}

fn program() -> Result<PathBuf> {
    Ok(workspace::target()?.join("tools/bin/mdbook"))
}

fn is_installed(program: &Path) -> bool {
    let version = Command::new(program).arg("--version").output();
    version.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).trim_end() == format!("mdbook v{VERSION}"))
}
