//! `cargo xtask docs site`: the pages for readers, as a book, with the API's pages below `api/`.
//!
//! Most pages are the guides of the crates and the documents in `docs/`; only pages that have no other place are in `docs/site`.
//! A new crate's guide and a new page of the parity tables appear without a change here.

mod book;
mod browser;
mod chart;
mod copies;
mod items;
mod layout;
mod markdown;
mod targets;

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};

use self::layout::Layout;
use self::targets::Targets;
use super::links::{self, Crate};
use crate::{ui, workspace};

/// Checks the site: completely if mdBook is already compiled, and otherwise only that each page and each link of a page
/// exists.
///
/// Returns whether the check was complete.
pub(super) fn check(api: &Path, crates: &[Crate]) -> Result<bool> {
    if book::is_ready()? {
        return build(api, crates).map(|()| true);
    }
    assemble(&workspace::target()?.join("site/source"), api, crates)?;
    Ok(false)
}

/// Builds the site from the workspace and the API's pages in `api`, and checks it.
pub(super) fn build(api: &Path, crates: &[Crate]) -> Result<()> {
    let folder = workspace::target()?.join("site");
    let (source, output) = (folder.join("source"), folder.join("html"));
    assemble(&source, api, crates)?;
    book::build(&folder)?;
    ui::task("Adding the API's pages", || add(api, &output.join("api")))?;
    let checked = ui::task("Checking the links of the site", || links::check_site(&output, crates))?;
    println!("{} pages, {} links", checked.pages, checked.links);
    if !checked.problems.is_empty() {
        bail!("links of the site are wrong:\n{}", checked.problems.join("\n"));
    }
    browser::check(&output)?;
    println!("{}", output.join("index.html").display());
    Ok(())
}

/// Writes the book's pages to `source`.
fn assemble(source: &Path, api: &Path, crates: &[Crate]) -> Result<()> {
    let root = workspace::root();
    let layout = Layout::read(&root)?;
    if source.exists() {
        std::fs::remove_dir_all(source)?;
    }
    std::fs::create_dir_all(source)?;
    let mut problems = Vec::new();
    for page in &layout.pages {
        let text = std::fs::read_to_string(root.join(&page.source))
            .with_context(|| format!("{} cannot be read", page.source.display()))?;
        let mut targets = Targets::new(&root, &layout, page, api, crates)?;
        let text = copies::expand(&text, &root, &page.source, &mut |text, from| {
            targets.rewrite(text, from)
        })?;
        let text = chart::draw(&text).with_context(|| page.source.display().to_string())?;
        problems.extend(targets.into_problems());
        let target = source.join(&page.target);
        if let Some(folder) = target.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(target, text)?;
    }
    std::fs::write(source.join("SUMMARY.md"), &layout.summary)?;
    for (name, file) in layout::assets(&root)? {
        std::fs::copy(file, source.join(name))?;
    }
    ensure!(
        problems.is_empty(),
        "links of the pages lead nowhere:\n{}",
        problems.join("\n")
    );
    Ok(())
}

/// Fills `to` with hard links to the files of `from`, which take no space.
fn add(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            add(&entry.path(), &to)?;
        } else if std::fs::hard_link(entry.path(), &to).is_err() {
            // A file system without such links.
            std::fs::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}
