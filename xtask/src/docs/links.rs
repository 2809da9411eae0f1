//! Checks that the targets of the pages' links were built, and that the pages' badges name features of the crate.
//!
//! A relative link is looked up, and so is one to docs.rs with the name of one of our crates. Other links are not followed.
//! The site has the API's pages in a folder; its own pages are then checked instead.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use anyhow::{Context, Result};
use percent_encoding::percent_decode_str;

use super::html::Page;

const DOCS_RS: &str = "https://docs.rs/";

/// One of our crates.
pub(super) struct Crate {
    pub(super) package: String,
    pub(super) library: String,
    pub(super) features: BTreeSet<String>,
}

/// Dead links that are not ours.
const KNOWN: [&str; 3] = [
    // rustdoc writes it on the page of a crate that is re-exported inline.
    "all.html",
    // tracing's documentation of `WithSubscriber`, which the pages of our types repeat
    "dispatcher#setting-the-default-subscriber",
    // opentelemetry's documentation of `FutureExt`, likewise
    "Context",
];

/// The result of a check.
pub(super) struct Checked {
    pub(super) pages: usize,
    pub(super) links: usize,
    pub(super) problems: Vec<String>,
}

/// Checks the pages of `crates` below the folder that rustdoc wrote to.
pub(super) fn check(root: &Path, crates: &[Crate]) -> Result<Checked> {
    Site::read(root, "", crates).map(|site| site.check())
}

/// Checks the pages of the site below a folder, which has the API's pages in `api`.
pub(super) fn check_site(root: &Path, crates: &[Crate]) -> Result<Checked> {
    Site::read(root, "api", crates).map(|site| site.check())
}

/// What was built, by paths below the root.
struct Site<'a> {
    crates: &'a [Crate],
    /// The folder of the API's pages; empty if there are no others.
    api: &'static str,
    pages: BTreeMap<PathBuf, Page>,
    others: BTreeSet<PathBuf>,
}

impl<'a> Site<'a> {
    fn read(root: &Path, api: &'static str, crates: &'a [Crate]) -> Result<Self> {
        let mut site = Self {
            crates,
            api,
            pages: BTreeMap::new(),
            others: BTreeSet::new(),
        };
        site.add(root, Path::new(""))?;
        Ok(site)
    }

    fn add(&mut self, root: &Path, folder: &Path) -> Result<()> {
        let here = root.join(folder);
        for entry in std::fs::read_dir(&here).with_context(|| format!("{} cannot be read", here.display()))? {
            let entry = entry?;
            let path = folder.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                self.add(root, &path)?;
            } else if path.extension().is_some_and(|extension| extension == "html") {
                let page = Page::parse(&std::fs::read_to_string(entry.path())?);
                self.pages.insert(path, page);
            } else {
                self.others.insert(path);
            }
        }
        Ok(())
    }

    fn check(&self) -> Checked {
        let mut checked = Checked {
            pages: 0,
            links: 0,
            problems: Vec::new(),
        };
        for (path, page) in &self.pages {
            let of = self.crates.iter().find(|of| path.starts_with(&of.library));
            let is_checked = if self.api.is_empty() {
                of.is_some()
            } else {
                !path.starts_with(self.api)
            };
            if !is_checked {
                continue;
            }
            checked.pages += 1;
            checked.links += page.links.len();
            let links: BTreeSet<_> = page.links.iter().collect();
            let dead = links
                .into_iter()
                .filter_map(|link| Some((link, self.problem(path, link)?)));
            checked
                .problems
                .extend(dead.map(|(link, why)| format!("{}: {link}: {why}", path.display())));
            if let Some(of) = of {
                let foreign = page.badges.iter().filter(|badge| self.is_foreign(of, badge));
                let told = |badge| format!("{}: {} has no feature {badge}", path.display(), of.package);
                checked.problems.extend(foreign.map(told));
            }
        }
        checked
    }

    /// Returns whether a badge names a feature of another crate of ours. Features of outside crates appear on inherited methods.
    fn is_foreign(&self, of: &Crate, badge: &str) -> bool {
        !of.features.contains(badge) && self.crates.iter().any(|other| other.features.contains(badge))
    }

    /// Returns what is wrong with a link of the page at `from`.
    fn problem(&self, from: &Path, link: &str) -> Option<&'static str> {
        if KNOWN.contains(&link) {
            return None;
        }
        let (address, fragment) = link.split_once('#').unwrap_or((link, ""));
        let address = address.split('?').next().unwrap_or_default();
        let target = if let Some(path) = address.strip_prefix(DOCS_RS) {
            match self.on_docs_rs(path) {
                OnDocsRs::Page(target) => target,
                OnDocsRs::Other => return None,
                OnDocsRs::Unknown => return Some("docs.rs has no such crate of ours"),
            }
        } else if address.starts_with("powertools_lambda") && address.contains("::") {
            return Some("rustdoc did not find the item");
        } else if has_scheme(address) {
            return None;
        } else if address.is_empty() {
            from.to_owned()
        } else {
            let target = percent_decode_str(address).decode_utf8_lossy();
            match joined(from.parent().unwrap_or(Path::new("")), &target) {
                Some(target) => target,
                None => return Some("not below the documentation"),
            }
        };
        let Some((target, page)) = self.page(&target) else {
            return (!self.others.contains(&target)).then_some("no such page");
        };
        let is_there = fragment.is_empty() || has_anchor(page, fragment) || is_lines(target, fragment);
        (!is_there).then_some("no such section on that page")
    }

    /// Finds a page by its path or its folder's, and the page that it leads to.
    fn page(&self, path: &Path) -> Option<(&Path, &Page)> {
        let as_folder = path.join("index.html");
        let found = self
            .pages
            .get_key_value(path)
            .or_else(|| self.pages.get_key_value(&as_folder));
        let (path, page) = found?;
        let Some(address) = &page.redirect else {
            return Some((path, page));
        };
        let next = joined(path.parent()?, address)?;
        let (next, page) = self.pages.get_key_value(&next)?;
        Some((next, page))
    }

    /// Finds the page of an address on docs.rs: `<package>[/<version>[/<library>/…]]`.
    fn on_docs_rs(&self, path: &str) -> OnDocsRs {
        let mut parts = path.trim_end_matches('/').splitn(3, '/');
        let package = parts.next().unwrap_or_default();
        let Some(of) = self.crates.iter().find(|of| of.package == package) else {
            let is_ours = package.starts_with("powertools-lambda") || package.starts_with("powertools_lambda");
            return if is_ours { OnDocsRs::Unknown } else { OnDocsRs::Other };
        };
        let page = parts.nth(1).map_or_else(|| PathBuf::from(&of.library), PathBuf::from);
        OnDocsRs::Page(Path::new(self.api).join(page))
    }
}

enum OnDocsRs {
    Page(PathBuf),
    /// Not one of our crates.
    Other,
    /// Named like one of our crates.
    Unknown,
}

fn has_scheme(address: &str) -> bool {
    let scheme = address.split_once(':').map_or("", |(scheme, _)| scheme);
    address.starts_with("//") || (!scheme.is_empty() && !scheme.contains(['/', '.']))
}

/// Follows a relative address, or returns nothing if it leads out of the root.
fn joined(folder: &Path, address: &str) -> Option<PathBuf> {
    let mut path = folder.to_owned();
    for part in Path::new(address).components() {
        match part {
            Component::Normal(name) => path.push(name),
            Component::ParentDir if !path.pop() => return None,
            Component::RootDir | Component::Prefix(_) => return None,
            Component::ParentDir | Component::CurDir => {}
        }
    }
    Some(path)
}

fn has_anchor(page: &Page, fragment: &str) -> bool {
    let decoded = |text: &str| percent_decode_str(text).decode_utf8_lossy().into_owned();
    page.anchors.contains(fragment) || {
        let fragment = decoded(fragment);
        page.anchors.iter().any(|anchor| decoded(anchor) == fragment)
    }
}

/// A page of source code has lines, `#10-20`, that a script finds.
fn is_lines(target: &Path, fragment: &str) -> bool {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    target.starts_with("src") && fragment.split('-').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the dead links among those of a page `powertools_lambda_a/m/index.html`.
    fn dead(links: &[&str]) -> Vec<String> {
        let crates = [of("powertools-lambda-a", "a")];
        let page = |links: &[&str], anchors: &[&str]| Page {
            links: links.iter().map(|&link| link.to_owned()).collect(),
            anchors: anchors.iter().map(|&anchor| anchor.to_owned()).collect(),
            ..Page::default()
        };
        let moved = Page {
            redirect: Some("../index.html".to_owned()),
            ..Page::default()
        };
        let pages = [
            ("powertools_lambda_a/index.html", page(&[], &["top"])),
            (
                "powertools_lambda_a/m/index.html",
                page(links, &["here", "impl-From%3Cu8%3E"]),
            ),
            ("powertools_lambda_a/private/index.html", moved),
            (
                "src/powertools_lambda_a/lib.rs.html",
                page(&["dead in a page that is not ours"], &[]),
            ),
        ];
        let site = Site {
            crates: &crates,
            api: "",
            pages: pages.into_iter().map(|(path, page)| (path.into(), page)).collect(),
            others: BTreeSet::from(["static.files/a.css".into()]),
        };
        let checked = site.check();
        assert_eq!((checked.pages, checked.links), (3, links.len()));
        checked.problems
    }

    #[test]
    fn the_sites_own_pages_are_checked_with_the_api_below_it() {
        let page = |links: &[&str]| Page {
            links: links.iter().map(|&link| link.to_owned()).collect(),
            ..Page::default()
        };
        let crates = [of("powertools-lambda-a", "a")];
        let links = [
            "api/powertools_lambda_a/index.html",
            "https://docs.rs/powertools-lambda-a",
            "gone.html",
        ];
        let site = Site {
            crates: &crates,
            api: "api",
            pages: BTreeMap::from([
                ("index.html".into(), page(&links)),
                (
                    "api/powertools_lambda_a/index.html".into(),
                    page(&["dead in a page of the API"]),
                ),
            ]),
            others: BTreeSet::new(),
        };
        let checked = site.check();
        assert_eq!((checked.pages, checked.links), (1, 3));
        assert_eq!(checked.problems, ["index.html: gone.html: no such page"]);
    }

    fn of(package: &str, feature: &str) -> Crate {
        Crate {
            package: package.to_owned(),
            library: package.replace('-', "_"),
            features: BTreeSet::from([feature.to_owned()]),
        }
    }

    #[test]
    fn a_badge_names_no_feature_of_another_crate_of_ours() {
        let crates = [of("powertools-lambda-a", "a"), of("powertools-lambda-b", "b")];
        let page = Page::parse(
            r#"<div class="stab portability">Available on <strong>crate features <code>a</code> or <code>b</code></strong> only.</div>
            <div class="stab portability">Available on <strong>crate feature <code>std</code></strong> only.</div>
            <span class="stab portability" title="Available on crate feature `a` only"><code>a</code></span> <code>b</code>"#,
        );
        let site = Site {
            crates: &crates,
            api: "",
            pages: BTreeMap::from([("powertools_lambda_a/index.html".into(), page)]),
            others: BTreeSet::new(),
        };
        let expected = "powertools_lambda_a/index.html: powertools-lambda-a has no feature b";
        assert_eq!(site.check().problems, [expected]);
    }

    #[test]
    fn a_link_to_what_was_built_is_good() {
        let links = [
            "#here",
            "#impl-From%3Cu8%3E",
            "#impl-From<u8>",
            "index.html",
            "../index.html#top",
            "..",
            "../private/index.html#top",
            "../../src/powertools_lambda_a/lib.rs.html#3-14",
            "../../static.files/a.css",
            "https://docs.rs/powertools-lambda-a",
            "https://docs.rs/powertools-lambda-a/latest/powertools_lambda_a/m/#here",
            "https://docs.rs/powertools-lambda-a/0.1.0/powertools_lambda_a/index.html?search=x#top",
        ];
        assert_eq!(dead(&links), [""; 0]);
    }

    #[test]
    fn a_link_to_nothing_is_dead() {
        for link in [
            "#there",
            "powertools_lambda_core::Invocation::tell",
            "../index.html#here",
            "../private/index.html#here",
            "guide.md",
            "../../../../docs/guide.md",
            "/index.html",
            "../../static.files/b.css",
            "../../src/powertools_lambda_a/lib.rs.html#fn",
            "https://docs.rs/powertools-lambda-b",
            "https://docs.rs/powertools-lambda-a/latest/powertools_lambda_a/n/",
            "https://docs.rs/powertools-lambda-a/latest/powertools_lambda_a/#here",
        ] {
            let dead = dead(&[link, "#here"]);
            assert_eq!(dead.len(), 1, "{link}");
            assert!(
                dead[0].starts_with(&format!("powertools_lambda_a/m/index.html: {link}: ")),
                "{dead:?}"
            );
        }
    }

    #[test]
    fn links_to_other_sites_are_not_checked() {
        assert_eq!(
            dead(&[
                "https://docs.rs/tracing",
                "https://aws.amazon.com/#x",
                "mailto:a@b.c",
                "//a.b/c"
            ]),
            [""; 0]
        );
    }
}
