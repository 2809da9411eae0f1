//! [`Targets`]: where the links of a page lead on the site.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::super::links::Crate;
use super::items::Items;
use super::layout::{Layout, Page};
use super::markdown::{self, Becomes, Link};
use crate::workspace;

const DOCS_RS: &str = "https://docs.rs/";

/// Rewrites the links of one page.
///
/// A link to a file that is a page leads to that page, a link to docs.rs or to an item leads to the API's pages on the site. A
/// link to any other file of the repository stays a link if the repository has an address, and becomes text otherwise.
pub(super) struct Targets<'a> {
    root: &'a Path,
    layout: &'a Layout,
    page: &'a Page,
    crates: &'a [Crate],
    /// The crate's library and the items that its guide names, if the page is a crate's.
    guide: Option<(String, Items)>,
    repository: Option<String>,
    problems: Vec<String>,
}

impl<'a> Targets<'a> {
    pub(super) fn new(
        root: &'a Path,
        layout: &'a Layout,
        page: &'a Page,
        api: &Path,
        crates: &'a [Crate],
    ) -> Result<Self> {
        let mut guide = None;
        if let Ok(path) = page.source.strip_prefix("crates") {
            let folder = path.iter().next().unwrap_or_default().to_string_lossy();
            let library = library(crates, &folder).unwrap_or_default();
            let name = page.source.file_stem().unwrap_or_default().to_string_lossy();
            let items = Items::read(api, &library, &name)?;
            guide = Some((library, items));
        }
        let metadata = workspace::metadata()?;
        let repository = workspace::published(&metadata)
            .first()
            .and_then(|package| package.repository.clone());
        Ok(Self {
            root,
            layout,
            page,
            crates,
            guide,
            repository: repository.filter(|address| !address.is_empty()),
            problems: Vec::new(),
        })
    }

    /// Rewrites a text of the page that is from the file `from`.
    pub(super) fn rewrite(&mut self, text: &str, from: &Path) -> String {
        markdown::rewrite(text, &mut |link| self.becomes(link, from))
    }

    pub(super) fn into_problems(self) -> Vec<String> {
        self.problems
    }

    fn becomes(&mut self, link: &Link, from: &Path) -> Becomes {
        // Only the page's own text, not copied text, is on a page of rustdoc.
        let item = (from == self.page.source)
            .then(|| self.guide.as_mut().and_then(|(_, items)| items.next(&link.label)))
            .flatten();
        let target = link.target.as_str();
        if let Some(path) = target.strip_prefix(DOCS_RS) {
            return self.docs_rs(path).map_or(Becomes::Same, Becomes::Link);
        }
        if target.starts_with('#') || has_scheme(target) {
            return Becomes::Same;
        }
        if link.is_open || target.contains("::") {
            let is_a_guides = self.guide.is_some() && from == self.page.source;
            return match item {
                Some(address) => self.item(&address).map_or(Becomes::Same, Becomes::Link),
                // Brackets in a text are no link.
                None if link.is_open => Becomes::Same,
                None if is_a_guides => {
                    self.problem(link, from, "rustdoc has no such link");
                    Becomes::Text
                }
                None => {
                    self.problem(link, from, "an item is linked by its address on docs.rs");
                    Becomes::Text
                }
            };
        }
        self.file(link, from)
    }

    /// Resolves an address of a page in the API's `<library>/_guide`.
    fn item(&self, address: &str) -> Option<String> {
        if has_scheme(address) {
            return address
                .strip_prefix(DOCS_RS)
                .and_then(|path| self.docs_rs(path))
                .or_else(|| Some(address.to_owned()));
        }
        let (library, _) = self.guide.as_ref()?;
        let name = self.page.source.file_stem()?.to_string_lossy();
        let mut folder = Path::new(library).join("_guide");
        let is_guide_of_folder = matches!(&*name, "guide" | "utility");
        if !is_guide_of_folder {
            folder.push(&*name);
        }
        let (path, fragment) = split(address);
        let path = markdown::joined(&folder, path)?;
        Some(self.api(&path, fragment))
    }

    /// Resolves a path on docs.rs, if it is one of our crates: `<package>[/<version>[/<library>/…]]`.
    fn docs_rs(&self, path: &str) -> Option<String> {
        let (path, fragment) = split(path);
        let mut parts = path.trim_end_matches('/').splitn(3, '/');
        let package = parts.next()?;
        let of = self.crates.iter().find(|of| of.package == package)?;
        let page = parts.nth(1).map_or_else(|| PathBuf::from(&of.library), PathBuf::from);
        Some(self.api(&page, fragment))
    }

    /// Returns the address of a page of the API, or of the site's page if it is a guide's.
    fn api(&self, path: &Path, fragment: &str) -> String {
        if let Some(page) = self.guide_at(path) {
            return self.relative(&page.target, fragment);
        }
        let mut path = Path::new("api").join(path);
        if path.extension().is_none() {
            path.push("index.html");
        }
        self.relative(&path, fragment)
    }

    /// Finds the page that rustdoc shows at `<library>[/<module>]/_guide[/<name>]/index.html`.
    fn guide_at(&self, path: &Path) -> Option<&'a Page> {
        let path = path.to_string_lossy();
        let (before, after) = path.trim_end_matches("/index.html").split_once("/_guide")?;
        let (library, module) = before.split_once('/').unwrap_or((before, ""));
        let folder = if module.is_empty() {
            folder(self.crates, library)?
        } else {
            module.replace('_', "-")
        };
        let name = after.trim_start_matches('/');
        self.layout.of_crate(&folder, (!name.is_empty()).then_some(name))
    }

    fn file(&mut self, link: &Link, from: &Path) -> Becomes {
        let (path, fragment) = split(&link.target);
        let folder = from.parent().unwrap_or(Path::new(""));
        let Some(file) = markdown::joined(folder, path).filter(|file| self.root.join(file).exists()) else {
            self.problem(link, from, "no such file");
            return Becomes::Text;
        };
        if let Some(page) = self.layout.page(&file) {
            return Becomes::Link(self.relative(&page.target, fragment));
        }
        // A crate's front page is its documentation.
        if let Some(library) = file
            .strip_prefix("crates")
            .ok()
            .and_then(|path| front_page(self.crates, path))
        {
            return Becomes::Link(self.api(Path::new(&library), fragment));
        }
        match &self.repository {
            Some(address) => Becomes::Link(format!(
                "{}/blob/main/{}",
                address.trim_end_matches('/'),
                file.display()
            )),
            None => Becomes::Text,
        }
    }

    /// Returns the relative address of a path of the site, from this page.
    fn relative(&self, path: &Path, fragment: &str) -> String {
        let up = "../".repeat(self.page.target.components().count() - 1);
        let fragment = if fragment.is_empty() {
            String::new()
        } else {
            format!("#{fragment}")
        };
        format!("{up}{}{fragment}", path.display())
    }

    fn problem(&mut self, link: &Link, from: &Path, why: &str) {
        let Link { label, target, .. } = link;
        self.problems
            .push(format!("{}: [{label}]({target}): {why}", from.display()));
    }
}

/// Returns the library of the crate in `crates/<folder>`.
fn library(crates: &[Crate], folder: &str) -> Option<String> {
    let of = crates
        .iter()
        .find(|of| of.package.trim_start_matches("powertools-lambda-") == folder);
    of.map(|of| of.library.clone())
}

/// Returns the folder below `crates` of a library.
fn folder(crates: &[Crate], library: &str) -> Option<String> {
    let of = crates.iter().find(|of| of.library == library)?;
    Some(of.package.trim_start_matches("powertools-lambda-").to_owned())
}

/// Returns the library of `<folder>` or `<folder>/README.md`.
fn front_page(crates: &[Crate], path: &Path) -> Option<String> {
    let mut parts = path.iter();
    let folder = parts.next()?.to_string_lossy();
    let rest = parts.as_path();
    let is_front_page = rest.as_os_str().is_empty() || rest == Path::new("README.md");
    library(crates, &folder).filter(|_| is_front_page)
}

fn split(address: &str) -> (&str, &str) {
    address.split_once('#').unwrap_or((address, ""))
}

fn has_scheme(address: &str) -> bool {
    let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
    !address.contains("::") && !scheme.is_empty() && !scheme.contains(['/', '.', '#'])
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_link_leads_to_the_page_on_the_site() {
        let layout = Layout {
            pages: [
                ("crates/logger/docs/guide.md", "utilities/logger.md"),
                ("crates/powertools-lambda/docs/testing.md", "testing.md"),
                ("docs/performance.md", "performance.md"),
            ]
            .map(|(source, target)| Page {
                source: source.into(),
                target: target.into(),
            })
            .to_vec(),
            summary: String::new(),
        };
        let crates = ["powertools-lambda", "powertools-lambda-logger"].map(|package| Crate {
            package: package.to_owned(),
            library: package.replace('-', "_"),
            features: BTreeSet::new(),
        });
        let root = workspace::root();
        let mut targets = Targets {
            root: &root,
            layout: &layout,
            page: &layout.pages[0],
            crates: &crates,
            guide: None,
            repository: None,
            problems: Vec::new(),
        };
        let api = "../api/powertools_lambda";
        for (target, expected) in [
            (
                "https://docs.rs/powertools-lambda/latest/powertools_lambda/_guide/testing/index.html",
                "../testing.md",
            ),
            (
                "https://docs.rs/powertools-lambda/latest/powertools_lambda/logger/_guide/index.html#keys",
                "../utilities/logger.md#keys",
            ),
            (
                "https://docs.rs/powertools-lambda-logger",
                &format!("{api}_logger/index.html"),
            ),
            (
                "https://docs.rs/powertools-lambda/0.1.0/powertools_lambda/struct.A.html#method.b",
                &format!("{api}/struct.A.html#method.b"),
            ),
            ("https://docs.rs/tracing", "https://docs.rs/tracing"),
            ("../../../docs/performance.md#logger", "../performance.md#logger"),
            ("../README.md", &format!("{api}_logger/index.html")),
            ("#keys", "#keys"),
        ] {
            let text = targets.rewrite(&format!("[a]({target})"), Path::new("crates/logger/docs/guide.md"));
            assert_eq!(text, format!("[a]({expected})"));
        }
        assert_eq!(
            targets.rewrite("[a](../../../Cargo.toml)", Path::new("crates/logger/docs/guide.md")),
            "a"
        );
        assert_eq!(targets.problems, [""; 0]);
        targets.rewrite("[a](gone.md), [b](crate::B)", Path::new("docs/a.md"));
        assert_eq!(
            targets.problems,
            [
                "docs/a.md: [a](gone.md): no such file",
                "docs/a.md: [b](crate::B): an item is linked by its address on docs.rs"
            ]
        );
    }
}
