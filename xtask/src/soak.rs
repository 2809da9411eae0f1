//! `cargo xtask soak`: runs a function with all utilities under all faults, and compares what it wrote with what it should have
//! written.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{ui, workspace};

/// How long to soak.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// About how many invocations [default: 1000000, whose table is written to the documentation]
    #[arg(long, value_name = "N")]
    invocations: Option<u64>,
    /// Repeats a run
    #[arg(long, value_name = "S", default_value_t = 1)]
    seed: u64,
    /// Only the rows of the table with this in their name
    #[arg(long, value_name = "NAME")]
    row: Option<String>,
    /// Keep all captured bytes, not only those in which something was found
    #[arg(long)]
    keep: bool,
    /// The library `libfaketimeMT.so.1`, with which the system clock jumps [default: that of Debian's package, if it is
    /// installed; without it, those rows are left out]
    #[arg(long, value_name = "PATH")]
    libfaketime: Option<PathBuf>,
    /// Also write the table to the documentation if the number of invocations is not the default
    #[arg(long, conflicts_with = "row")]
    write: bool,
}

/// The default number of invocations.
const INVOCATIONS: u64 = 1_000_000;

const PAGE: &str = "docs/site/reliability.md";
const BEGIN: &str = "<!-- soak -->\n";
const END: &str = "<!-- /soak -->";

/// Builds the function as it is deployed, and runs the soak.
///
/// # Errors
///
/// Returns an error if something is lost, mixed, doubled or invalid, if the heap grows, or if a planted fault is not found.
pub(crate) fn run(options: &Options) -> Result<()> {
    let target = workspace::target()?;
    let build = [
        "build",
        "--locked",
        "--package",
        "soak",
        "--bins",
        "--profile",
        "functions",
    ];
    let status = workspace::cargo(&build).status().context("cargo cannot be started")?;
    ensure!(status.success(), "the soak does not compile ({status})");
    let folder = target.join("soak");
    let invocations = options.invocations.unwrap_or(INVOCATIONS);
    let mut command = Command::new(target.join("functions/soak"));
    command.args([
        "--invocations",
        &invocations.to_string(),
        "--seed",
        &options.seed.to_string(),
    ]);
    command.arg("--folder").arg(&folder);
    command.args(options.row.iter().flat_map(|row| ["--row", row]));
    command.args(options.keep.then_some("--keep"));
    if let Some(library) = &options.libfaketime {
        command.arg("--libfaketime").arg(library);
    }
    ui::heading("Soak");
    let status = command.status().context("the soak cannot be started")?;
    ensure!(
        status.success(),
        "the soak failed ({status}); the bytes of the rounds in which something was found are in {}",
        folder.join("captured").display()
    );
    let is_default = options.invocations.is_none() && options.row.is_none();
    if options.write || is_default {
        write(&folder, options)?;
        println!("the table is in {PAGE}");
    }
    Ok(())
}

/// Returns a command that runs a short soak, with the same features as the tests, so that nothing is compiled twice.
pub(crate) fn short() -> Command {
    workspace::cargo(&[
        "test",
        "--workspace",
        "--all-features",
        "--test",
        "short_soak",
        "--",
        "--ignored",
        "--nocapture",
    ])
}

/// Writes the table between the page's markers.
fn write(folder: &Path, options: &Options) -> Result<()> {
    let page = workspace::root().join(PAGE);
    let text = std::fs::read_to_string(&page)?;
    let table = std::fs::read_to_string(folder.join("table.md"))?;
    let seconds: u64 = std::fs::read_to_string(folder.join("seconds"))?.trim().parse()?;
    let command = match options.invocations {
        None => "cargo xtask soak".to_owned(),
        Some(number) => format!("cargo xtask soak --invocations {number}"),
    };
    let minutes = seconds.div_ceil(60);
    let cores = std::thread::available_parallelism()?;
    let new = format!("`{command}`, {minutes} minutes on {cores} cores that had other work to do:\n\n{table}");
    let Some(new) = replaced(&text, &new) else {
        bail!("{PAGE} has no lines {} and {END}", BEGIN.trim());
    };
    std::fs::write(&page, new)?;
    Ok(())
}

/// Returns a page with this text between its markers, or `None` if it has none.
fn replaced(page: &str, text: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{text}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_between_the_markers() {
        let page = "# P\n<!-- soak -->\nold\n<!-- /soak -->\nend\n";
        let new = "# P\n<!-- soak -->\nnew\n<!-- /soak -->\nend\n";
        assert_eq!(replaced(page, "new\n").as_deref(), Some(new));
        assert_eq!(replaced("# P\n", "new\n"), None);
        let page = std::fs::read_to_string(workspace::root().join(PAGE)).unwrap();
        assert!(replaced(&page, "").is_some());
    }
}
