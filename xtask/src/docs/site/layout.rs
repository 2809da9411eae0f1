//! [`Layout`]: the site's pages and its table of contents.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::markdown;
use crate::workspace;

/// The folder of the pages that have no other place, and of the table of contents.
pub(super) const FOLDER: &str = "docs/site";

/// Lines of the table of contents that become a list of pages.
const GUIDES: &str = "<!-- guides -->";
const PARITY: &str = "<!-- parity -->";

/// A page: a file of the repository, and the file in the book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) source: PathBuf,
    pub(super) target: PathBuf,
}

/// The site's pages and its table of contents.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) pages: Vec<Page>,
    pub(super) summary: String,
}

impl Layout {
    /// Reads the table of contents, `docs/site/SUMMARY.md`.
    pub(super) fn read(root: &Path) -> Result<Self> {
        let file = root.join(FOLDER).join("SUMMARY.md");
        let summary = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
        let guides = guides(root)?;
        let layout = Self::of(&summary, &titled(root, &guides)?, &titled(root, &parity(root)?)?)?;
        let listed: BTreeSet<_> = layout.pages.iter().map(|page| &page.source).collect();
        let missing: Vec<_> = all(root)?
            .into_iter()
            .filter(|page| !listed.contains(page))
            .map(|page| page.display().to_string())
            .collect();
        ensure!(
            missing.is_empty(),
            "not in {FOLDER}/SUMMARY.md; add a line with a link to: {}",
            missing.join(", ")
        );
        Ok(layout)
    }

    /// Expands a table of contents. Its links are relative to its folder, and each is a page.
    fn of(summary: &str, guides: &[(PathBuf, String)], parity: &[(PathBuf, String)]) -> Result<Self> {
        let list = |indent: &str, pages: &[(PathBuf, String)]| {
            let mut list = String::new();
            for (source, title) in pages {
                let _ = writeln!(list, "{indent}- [{title}](/{})", source.display());
            }
            list
        };
        let text = summary
            .replace(&format!("{GUIDES}\n"), &list("", guides))
            .replace(&format!("{PARITY}\n"), &list("  ", parity));
        let mut pages = Vec::new();
        let summary = markdown::rewrite(&text, &mut |link| {
            let source = link.target.strip_prefix('/').map_or_else(
                || markdown::joined(Path::new(FOLDER), &link.target).unwrap_or_default(),
                PathBuf::from,
            );
            let target = target(&source);
            let text = target.display().to_string();
            pages.push(Page { source, target });
            markdown::Becomes::Link(text)
        });
        let targets: BTreeSet<_> = pages.iter().map(|page| &page.target).collect();
        ensure!(targets.len() == pages.len(), "{FOLDER}/SUMMARY.md has a page twice");
        Ok(Self { pages, summary })
    }

    /// Returns the page that is made from a file.
    pub(super) fn page(&self, source: &Path) -> Option<&Page> {
        self.pages.iter().find(|page| page.source == source)
    }

    /// Returns the page of a crate's folder that rustdoc has in the crate's module `_guide`.
    pub(super) fn of_crate(&self, folder: &str, name: Option<&str>) -> Option<&Page> {
        let docs = Path::new("crates").join(folder).join("docs");
        if let Some(name) = name {
            return self.page(&docs.join(name).with_extension("md"));
        }
        let only = || self.pages.iter().find(|page| page.source.starts_with(&docs));
        self.page(&docs.join("guide.md")).or_else(only)
    }
}

/// Returns the files that are copied next to the pages: pictures.
pub(super) fn assets(root: &Path) -> Result<Vec<(PathBuf, PathBuf)>> {
    let files = files(root, Path::new(FOLDER), "svg")?;
    let name = |file: &PathBuf| file.file_name().map(PathBuf::from);
    Ok(files
        .iter()
        .filter_map(|file| Some((name(file)?, root.join(file))))
        .collect())
}

/// Returns a page's file in the book.
fn target(source: &Path) -> PathBuf {
    let parts: Vec<_> = source.iter().map(|part| part.to_string_lossy()).collect();
    let parts: Vec<&str> = parts.iter().map(AsRef::as_ref).collect();
    match parts[..] {
        ["docs", "site", ref rest @ ..] | ["docs", ref rest @ ..] => rest.iter().collect(),
        ["crates", name, "docs", "guide.md"] => Path::new("utilities").join(name).with_extension("md"),
        ["crates", _, "docs", name] => name.into(),
        [folder, "README.md"] => Path::new(folder).with_extension("md"),
        _ => source.to_owned(),
    }
}

/// Returns the guides of the published utilities, in the order of the README.
fn guides(root: &Path) -> Result<Vec<PathBuf>> {
    let readme = std::fs::read_to_string(root.join("README.md"))?;
    let mut guides: Vec<_> = documents(root)?
        .into_iter()
        .filter(|file| file.ends_with("guide.md"))
        .collect();
    guides.sort_by_key(|guide| {
        let position = readme.find(&format!("({})", guide.display()));
        (position.unwrap_or(usize::MAX), guide.clone())
    });
    Ok(guides)
}

fn parity(root: &Path) -> Result<Vec<PathBuf>> {
    files(root, Path::new("docs/parity"), "md")
}

/// Returns all files that must be pages.
fn all(root: &Path) -> Result<Vec<PathBuf>> {
    let mut all = documents(root)?;
    all.extend(files(root, Path::new("docs"), "md")?);
    all.extend(parity(root)?);
    all.extend(files(root, Path::new(FOLDER), "md")?);
    all.retain(|file| !file.ends_with("SUMMARY.md"));
    Ok(all)
}

/// Returns the documents of the published crates.
fn documents(root: &Path) -> Result<Vec<PathBuf>> {
    let metadata = workspace::metadata()?;
    let mut documents = Vec::new();
    for package in workspace::published(&metadata) {
        let folder = package.manifest_path.with_file_name("docs");
        let folder = folder.as_std_path().strip_prefix(root)?;
        if root.join(folder).exists() {
            documents.extend(files(root, folder, "md")?);
        }
    }
    Ok(documents)
}

/// Returns the files of a folder with an extension, in order of name.
fn files(root: &Path, folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root.join(folder)).with_context(|| format!("{} cannot be read", folder.display()))? {
        let file = folder.join(entry?.file_name());
        if file.extension().is_some_and(|found| found == extension) {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

/// Returns each page with its first heading.
fn titled(root: &Path, pages: &[PathBuf]) -> Result<Vec<(PathBuf, String)>> {
    let titled = pages.iter().map(|page| {
        let text = std::fs::read_to_string(root.join(page))?;
        let title = text.lines().find_map(|line| line.strip_prefix("# "));
        let title = title.with_context(|| format!("{} has no heading", page.display()))?;
        // The pages of the parity tables are listed below a page with this title.
        let title = title.trim_start_matches("Parity: ");
        let mut letters = title.chars();
        let first = letters.next().map(|letter| letter.to_uppercase().to_string());
        Ok((page.clone(), first.unwrap_or_default() + letters.as_str()))
    });
    titled.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_where_readers_look_for_it() {
        for (source, expected) in [
            ("docs/site/from/python.md", "from/python.md"),
            ("docs/parity/logger.md", "parity/logger.md"),
            ("docs/performance.md", "performance.md"),
            ("crates/feature-flags/docs/guide.md", "utilities/feature-flags.md"),
            ("crates/powertools-lambda/docs/testing.md", "testing.md"),
            ("benches/README.md", "benches.md"),
        ] {
            assert_eq!(target(Path::new(source)), Path::new(expected));
        }
    }

    #[test]
    fn the_table_of_contents_has_each_guide() {
        let guides = [("crates/a/docs/guide.md".into(), "A".to_owned())];
        let parity = [("docs/parity/a.md".into(), "A".to_owned())];
        let text = "# Summary\n\n[Why](why.md)\n\n# Utilities\n\n<!-- guides -->\n\n- [Parity](../parity.md)\n<!-- parity -->\n";
        let layout = Layout::of(text, &guides, &parity).unwrap();
        assert_eq!(
            layout.summary,
            "# Summary\n\n[Why](why.md)\n\n# Utilities\n\n- [A](utilities/a.md)\n\n- [Parity](parity.md)\n  - [A](parity/a.md)\n"
        );
        assert_eq!(layout.pages[3].source, Path::new("docs/parity/a.md"));
        assert_eq!(layout.of_crate("a", None), Some(&layout.pages[1]));
        assert_eq!(layout.of_crate("a", Some("testing")), None);
    }

    #[test]
    fn a_page_is_listed_once() {
        assert!(Layout::of("- [A](a.md)\n- [B](a.md)\n", &[], &[]).is_err());
    }
}
