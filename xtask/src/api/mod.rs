//! `cargo xtask api`: the public API of each published crate, as a text file that is reviewed.
//!
//! rustdoc writes each crate as JSON (see [`crate::rustdoc`]), the crate `public-api` turns it into lines, and the lines are
//! compared with `api.txt` next to the crate's manifest. The same JSON shows whether the types of other crates are those that the
//! manifest allows.

mod difference;
mod external;
mod names;
mod surface;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

use self::surface::Surface;
use crate::{rustdoc, ui, workspace};

/// The result of a comparison that did not fail.
pub(crate) enum Checked {
    /// The files are up to date.
    Ok,
    /// rustdoc's JSON has another format than the one we read.
    OtherFormat,
}

/// Why there is nothing to compare.
pub(crate) const OTHER_FORMAT: &str =
    "this toolchain's rustdoc writes another JSON format than the one `public-api` reads";

/// A published crate, and its public API.
struct Crate {
    name: String,
    file: PathBuf,
    allowed: Vec<String>,
    surface: Surface,
}

/// Compares the files with the code, or accepts the code as it is with `write`.
pub(crate) fn run(write: bool) -> Result<()> {
    match check(write)? {
        Checked::Ok => Ok(()),
        Checked::OtherFormat => bail!(OTHER_FORMAT),
    }
}

/// Does what [`run`] does; another format is not an error.
pub(crate) fn check(write: bool) -> Result<Checked> {
    let Some(mut crates) = ui::task("Documenting the crates as JSON", documented)? else {
        return Ok(Checked::OtherFormat);
    };
    let names = names::Names::of(crates.iter().map(|of| of.surface.lines.as_slice()));
    for of in &mut crates {
        for line in &mut of.surface.lines {
            *line = names.shorten(line);
        }
    }
    let mut changed = Vec::new();
    let mut problems = Vec::new();
    for of in &crates {
        let text = of.surface.lines.join("\n") + "\n";
        let accepted = std::fs::read_to_string(&of.file).unwrap_or_default();
        if text != accepted {
            ui::heading(&format!("{} changed", of.name));
            print!("{}", difference::shown(&accepted, &text));
            if write {
                std::fs::write(&of.file, &text).with_context(|| format!("{} cannot be written", of.file.display()))?;
            } else {
                changed.push(of.name.as_str());
            }
        }
        let found = external::check(&of.allowed, &of.surface.external);
        problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", of.name)));
    }
    for problem in &problems {
        println!("{problem}");
    }
    let items: usize = crates.iter().map(|of| of.surface.lines.len()).sum();
    println!("{} crates, {items} public items", crates.len());
    if !changed.is_empty() {
        bail!(
            "the public API of {} is not what api.txt says; `cargo xtask api --write` accepts it",
            changed.join(", ")
        );
    }
    if !problems.is_empty() {
        bail!(
            "{} types of other crates are not as the manifests allow",
            problems.len()
        );
    }
    Ok(Checked::Ok)
}

/// Returns the published crates, or nothing if rustdoc's JSON has another format.
fn documented() -> Result<Option<Vec<Crate>>> {
    let output = rustdoc::workspace_docs()?.arg("--lib").output()?;
    if !output.status.success() {
        bail!(
            "the documentation does not build:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let metadata = workspace::metadata()?;
    let mut crates = Vec::new();
    for package in workspace::published(&metadata) {
        let json = rustdoc::json_file(&workspace::library(package))?;
        let Some(surface) = Surface::read(&json)? else {
            return Ok(None);
        };
        let folder = package.manifest_path.parent().context("a manifest lies in a folder")?;
        crates.push(Crate {
            name: package.name.to_string(),
            file: folder.join("api.txt").into(),
            allowed: external::allowed(&package.metadata),
            surface,
        });
    }
    Ok(Some(crates))
}
