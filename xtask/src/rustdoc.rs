//! `cargo doc` with what only unstable rustdoc can do: JSON, and `#![feature(doc_cfg)]`.
//!
//! Both need `RUSTC_BOOTSTRAP`, which is an input of many build scripts: if cargo had it, most dependencies would be
//! compiled again. So cargo calls this program as rustdoc, and this program calls rustdoc with the variable set.
//!
//! The JSON is a second output of the call that writes the HTML. If it were a separate call of cargo with other flags, each of
//! the two calls would make cargo forget that the other's output was up to date.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::workspace;

/// The program that is called instead of this one.
const PROGRAM: &str = "XTASK_RUSTDOC";

/// The names of the crates whose JSON is written, with commas.
const JSON: &str = "XTASK_RUSTDOC_JSON";

/// Returns the call that documents the workspace, warnings denied; the published crates also as JSON.
pub(crate) fn workspace_docs() -> Result<Command> {
    let metadata = workspace::metadata()?;
    let names: Vec<_> = workspace::published(&metadata)
        .iter()
        .map(|package| workspace::library(package))
        .collect();
    let mut command = workspace::cargo(&["doc", "--workspace", "--all-features", "--no-deps", "--quiet"]);
    unstable(&mut command)?
        .env(JSON, names.join(","))
        // The `cfg` tells cargo apart these docs, which have JSON, from those of a `cargo doc` by hand.
        .env("RUSTDOCFLAGS", "--deny warnings --cfg xtask_json");
    Ok(command)
}

/// Lets a call of cargo use rustdoc's unstable features.
pub(crate) fn unstable(command: &mut Command) -> Result<&mut Command> {
    let rustdoc = std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into());
    let this = std::env::current_exe().context("the path of this program is unknown")?;
    Ok(command.env(PROGRAM, rustdoc).env("RUSTDOC", this))
}

/// Returns the file that [`workspace_docs`] writes the JSON of a crate to.
pub(crate) fn json_file(library: &str) -> Result<PathBuf> {
    Ok(workspace::target()?.join("doc").join(format!("{library}.json")))
}

/// Does what rustdoc does, if cargo called this program as rustdoc.
pub(crate) fn run_as_rustdoc() -> Option<ExitCode> {
    let program = std::env::var_os(PROGRAM)?;
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let json = std::env::var(JSON).unwrap_or_default();
    let run = |more: &[&str]| {
        let mut command = Command::new(&program);
        command.args(&arguments).args(more).env("RUSTC_BOOTSTRAP", "1");
        match command.status() {
            Ok(status) => status.success(),
            Err(error) => {
                eprintln!("{} cannot be started: {error}", program.display());
                false
            }
        }
    };
    // The warnings were already shown with the HTML.
    let as_json = ["-Zunstable-options", "--output-format=json", "--cap-lints=allow"];
    let done = run(&[]) && (!is_listed(&arguments, &json) || run(&as_json));
    Some(if done { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Returns whether the crate of a call of rustdoc is in a list with commas.
fn is_listed(arguments: &[OsString], list: &str) -> bool {
    let name = arguments.windows(2).find(|pair| pair[0] == "--crate-name");
    name.is_some_and(|pair| list.split(',').any(|listed| pair[1] == OsStr::new(listed)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listed_crates_are_written_as_json() {
        let call = |name: &str| ["--edition=2024", "--crate-name", name, "src/lib.rs"].map(OsString::from);
        assert!(is_listed(&call("core"), "batch,core"));
        assert!(!is_listed(&call("core"), "batch,core_2"));
        assert!(!is_listed(&call("core"), ""));
        assert!(!is_listed(&["-vV".into()], "core"));
    }
}
