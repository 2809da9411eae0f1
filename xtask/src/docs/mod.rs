//! `cargo xtask docs api`: the documentation of the published crates as docs.rs builds it, and its links; and `docs site`.
//!
//! The crates are packaged and unpacked, so that a file which is not in a package is missing here, too. They are members of a
//! separate workspace that resolves them to each other. It has the repository's `Cargo.lock` and build folder, so the compiled
//! dependencies are shared.

mod html;
mod links;
pub(crate) mod packages;
mod settings;
mod site;

use std::path::{Path, PathBuf};

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
    /// Build the site: the guides as a book, with the documentation of `docs api` below it; check its links and look at it
    Site {
        /// Package uncommitted changes too
        #[arg(long)]
        allow_dirty: bool,
        /// Take the documentation that the last `docs api` has built
        #[arg(long)]
        last_api: bool,
    },
}

pub(crate) fn run(docs: &Docs) -> Result<()> {
    match docs {
        Docs::Api { allow_dirty } => api(*allow_dirty),
        Docs::Site { last_api: true, .. } => site(),
        Docs::Site { allow_dirty, .. } => api(*allow_dirty).and_then(|()| site()),
    }
}

/// Builds the site with the documentation that the last [`api`] has built.
pub(crate) fn site() -> Result<()> {
    let folder = folder()?;
    site::build(&folder.join("doc"), &crates(&folder)?)
}

/// Checks the site with the documentation that the last [`api`] has built. Returns whether all of it was checked.
pub(crate) fn check_site() -> Result<bool> {
    let folder = folder()?;
    if !folder.join("doc").exists() {
        api(true)?;
    }
    site::check(&folder.join("doc"), &crates(&folder)?)
}

/// Builds the documentation from the packaged crates as docs.rs does, and checks its links.
pub(crate) fn api(allow_dirty: bool) -> Result<()> {
    let folder = folder()?;
    ui::task("Packaging the crates", || packages::unpack(&folder, allow_dirty))?;
    let metadata = packaged(&folder)?;
    let packages = metadata.workspace_packages();
    // Pages of a crate or an item that no longer exists would make the links to it seem good.
    let output = folder.join("doc");
    if output.exists() {
        std::fs::remove_dir_all(&output)?;
    }
    let crates = crates(&folder)?;
    for (settings, names) in settings::groups(&packages) {
        let mut command = workspace::cargo(&["doc", "--no-deps", "--lib", "--quiet"]);
        command
            .current_dir(&folder)
            .args(settings.arguments(&names))
            .env("RUSTDOCFLAGS", format!("{} {}", settings.flags(), roots(&crates)))
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

/// Returns rustdoc's arguments that make a link to one of our crates lead to docs.rs, as it does there, if that crate is not
/// documented yet. Otherwise, whether the link is dead would depend on which crate is documented first.
fn roots(crates: &[Crate]) -> String {
    let root = |of: &Crate| {
        format!(
            " --extern-html-root-url={}=https://docs.rs/{}/latest",
            of.library, of.package
        )
    };
    let roots: String = crates.iter().map(root).collect();
    format!("-Zunstable-options{roots}")
}

/// Returns the folder of the packaged crates and of their documentation.
fn folder() -> Result<PathBuf> {
    Ok(workspace::target()?.join("docs-rs"))
}

fn packaged(folder: &Path) -> Result<cargo_metadata::Metadata> {
    let mut command = cargo_metadata::MetadataCommand::new();
    Ok(command.current_dir(folder).no_deps().exec()?)
}

fn crates(folder: &Path) -> Result<Vec<Crate>> {
    let metadata = packaged(folder)?;
    let packages = metadata.workspace_packages().into_iter();
    let crates = packages.map(|package| Crate {
        package: package.name.to_string(),
        library: workspace::library(package),
        features: package.features.keys().cloned().collect(),
    });
    Ok(crates.collect())
}
