//! [`Items`]: where rustdoc says that a guide's links to items lead.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use regex::Regex;

use super::super::html;

/// The links of a guide's page in the API, by their labels.
///
/// rustdoc resolves a link such as ``[`Logger`]`` in the scope of the module that has the guide. That module's page has the same
/// links in the same order, so a link of the guide is found by its label.
#[derive(Debug, Default)]
pub(super) struct Items(HashMap<String, VecDeque<String>>);

impl Items {
    /// Reads the page `crate/_guide/<name>` or `crate/_guide` of a document.
    pub(super) fn read(api: &Path, library: &str, name: &str) -> Result<Self> {
        let guide = Path::new(library).join("_guide");
        let pages = [guide.join(name).join("index.html"), guide.join("index.html")];
        let page: Option<&PathBuf> = pages.iter().find(|page| api.join(page).exists());
        let page = page.with_context(|| {
            format!(
                "the API has no page {}; the crate's lib.rs includes its guide as `_guide`",
                guide.display()
            )
        })?;
        let text = std::fs::read_to_string(api.join(page))?;
        Self::of(&text)
    }

    fn of(page: &str) -> Result<Self> {
        let (link, tag) = (
            Regex::new(r#"(?s)<a href="([^"]*)"[^>]*>(.*?)</a>"#)?,
            Regex::new("<[^>]*>")?,
        );
        let text = page.find("class=\"docblock\"").map_or("", |start| &page[start..]);
        let mut items = HashMap::<_, VecDeque<_>>::new();
        for found in link.captures_iter(text) {
            let label = normal(&html::decoded(&tag.replace_all(&found[2], "")));
            items.entry(label).or_default().push_back(html::decoded(&found[1]));
        }
        Ok(Self(items))
    }

    /// Returns the address of the next link with this label, relative to the guide's page.
    pub(super) fn next(&mut self, label: &str) -> Option<String> {
        self.0.get_mut(&normal(label))?.pop_front()
    }
}

fn normal(label: &str) -> String {
    label.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_with_one_label_are_taken_in_order() {
        let page = "<nav><a href=\"x\">A</a></nav><div class=\"docblock\"><h2><a class=\"doc-anchor\" href=\"#h\">§</a></h2>\
                    <a href=\"../struct.A.html\" title=\"struct a::A\"><code>A</code></a> <a href=\"b\">A</a> <a href=\"c\">a &lt;\nb</a>";
        let mut items = Items::of(page).unwrap();
        assert_eq!(items.next("A").as_deref(), Some("../struct.A.html"));
        assert_eq!(items.next("A").as_deref(), Some("b"));
        assert_eq!(items.next("A"), None);
        assert_eq!(items.next("a < b").as_deref(), Some("c"));
    }
}
