//! `cargo xtask docs api`: the documentation of the published crates as docs.rs builds it, and its links.
//!
//! The crates are packaged and unpacked, so that a file which is not in a package is missing here, too. They are members of
//! a workspace of their own that resolves them to each other. It has the repository's `Cargo.lock` and build folder, so what
//! the dependencies compile to is shared.

mod html;
mod links;
mod packages;
mod settings;

use anyhow::{Result, bail};
use clap::Subcommand;

use self::links::Crate;
use crate::{rustdoc, ui, workspace};

#[derive(Subcommand)]
pub(crate) enum Docs {
    /// Build the documentation from the packaged crates as docs.rs does, and check its links
    Api {
        /// Package uncommitted changes too
        #[arg(long)]
        allow_dirty: bool,
    },
}

pub(crate) fn run(docs: &Docs) -> Result<()> {
    match docs {
        Docs::Api { allow_dirty } => api(*allow_dirty),
    }
}

/// Builds the documentation from the packaged crates as docs.rs does, and checks its links.
pub(crate) fn api(allow_dirty: bool) -> Result<()> {
    let folder = workspace::target()?.join("docs-rs");
    ui::task("Packaging the crates", || packages::unpack(&folder, allow_dirty))?;
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(&folder)
        .no_deps()
        .exec()?;
    let packages = metadata.workspace_packages();
    // What is left from a crate or an item that is gone would make its links seem good.
    let output = folder.join("doc");
    if output.exists() {
        std::fs::remove_dir_all(&output)?;
    }
    for (settings, names) in settings::groups(&packages) {
        let mut command = workspace::cargo(&["doc", "--no-deps", "--lib", "--quiet"]);
        command
            .current_dir(&folder)
            .args(settings.arguments(&names))
            .env("RUSTDOCFLAGS", settings.flags())
            .env("CARGO_TARGET_DIR", &folder)
            .env("CARGO_BUILD_BUILD_DIR", workspace::target()?);
        rustdoc::unstable(&mut command)?;
        ui::task(format!("Documenting {}", names.join(", ")), || {
            let output = command.output()?;
            if !output.status.success() {
                bail!(
                    "the documentation does not build:\n{}",
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            Ok(())
        })?;
    }
    let crates: Vec<_> = packages
        .iter()
        .map(|package| Crate {
            package: package.name.to_string(),
            library: workspace::library(package),
            features: package.features.keys().cloned().collect(),
        })
        .collect();
    let checked = ui::task("Checking links and badges", || links::check(&output, &crates))?;
    for problem in &checked.problems {
        println!("{problem}");
    }
    println!("{} pages, {} links", checked.pages, checked.links);
    println!("{}", output.join("powertools_lambda/index.html").display());
    if !checked.problems.is_empty() {
        bail!("{} links or badges are wrong", checked.problems.len());
    }
    Ok(())
}
