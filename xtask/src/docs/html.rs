//! Finds the links, the anchors and the badges of an HTML page.

use std::collections::BTreeSet;

/// The parts of a page that checking links needs.
#[derive(Debug, Default)]
pub(super) struct Page {
    /// The `href`s, in the order of the page.
    pub(super) links: Vec<String>,
    /// The `id`s.
    pub(super) anchors: BTreeSet<String>,
    /// The features, and other conditions, that the badges of items name.
    pub(super) badges: BTreeSet<String>,
    /// The page to which this page redirects at once, with its fragment. rustdoc writes such a page where an item is defined that
    /// it shows elsewhere.
    pub(super) redirect: Option<String>,
}

impl Page {
    pub(super) fn parse(text: &str) -> Self {
        let mut page = Self {
            badges: badges(text).map(decoded).collect(),
            ..Self::default()
        };
        let mut rest = text;
        while let Some(start) = rest.find('<') {
            rest = &rest[start..];
            if let Some(comment) = rest.strip_prefix("<!--") {
                rest = comment.split_once("-->").map_or("", |(_, rest)| rest);
                continue;
            }
            let (name, attributes, after) = tag(&rest[1..]);
            for (key, value) in attributes {
                match (name, key) {
                    ("meta", "content") => {
                        if let Some((_, address)) = value.split_once(";URL=") {
                            page.redirect = Some(address.to_owned());
                        }
                    }
                    ("a" | "link", "href") => page.links.push(value),
                    (_, "id") => drop(page.anchors.insert(value)),
                    _ => {}
                }
            }
            rest = match name {
                // Their text is not HTML.
                "script" => after.split_once("</script").map_or("", |(_, rest)| rest),
                "style" => after.split_once("</style").map_or("", |(_, rest)| rest),
                _ => after,
            };
        }
        page
    }
}

/// Returns the code in the badges: `<div class="stab portability">Available on <strong>crate feature <code>x</code>…</div>`, and
/// in lists of items `<span class="stab portability" ..><code>x</code></span>`.
fn badges(text: &str) -> impl Iterator<Item = &str> {
    let badges = text.split("class=\"stab portability\"").skip(1);
    let badges = badges.filter_map(|badge| badge.split("</span>").next()?.split("</div>").next());
    let codes = badges.flat_map(|badge| badge.split("<code>").skip(1));
    codes.filter_map(|code| code.split("</code>").next())
}

/// Reads a tag after its `<`: its name, its attributes, and the text after it.
fn tag(text: &str) -> (&str, Vec<(&str, String)>, &str) {
    let ends = |character: char| character.is_ascii_whitespace() || character == '>';
    let end = text.find(ends).unwrap_or(text.len());
    let (name, mut rest) = text.split_at(end);
    let mut attributes = Vec::new();
    loop {
        rest = rest.trim_start_matches(|character: char| character.is_ascii_whitespace() || character == '/');
        if rest.is_empty() || rest.starts_with('>') {
            return (name, attributes, rest.get(1..).unwrap_or_default());
        }
        let end = rest
            .find(|character| character == '=' || ends(character))
            .unwrap_or(rest.len());
        let (key, after) = rest.split_at(end);
        let Some(value) = after.strip_prefix('=') else {
            rest = after;
            continue;
        };
        let (value, after) = match value.chars().next() {
            Some(quote @ ('"' | '\'')) => value[1..].split_once(quote).unwrap_or((&value[1..], "")),
            _ => value.split_at(value.find(ends).unwrap_or(value.len())),
        };
        attributes.push((key, decoded(value)));
        rest = after;
    }
}

/// Resolves the character references that rustdoc writes.
pub(super) fn decoded(value: &str) -> String {
    let characters = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&amp;", "&"),
    ];
    let replace = |text: String, (from, to): (&str, &str)| text.replace(from, to);
    characters.into_iter().fold(value.to_owned(), replace)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_and_anchors_are_found() {
        let page = Page::parse(
            "<!DOCTYPE html><link rel=\"stylesheet\" href=\"a.css\"><h2 id=\"one\" class=x>1 < 2</h2>\n\
             <a class='b' href='#one'>x</a><a href=c.html>y</a><a\nhref = \"no\">z</a><br/><i hidden id=two>",
        );
        assert_eq!(page.links[..3], ["a.css", "#one", "c.html"]);
        assert_eq!(page.anchors.iter().collect::<Vec<_>>(), ["one", "two"]);
    }

    #[test]
    fn a_page_that_leads_to_another_is_known() {
        let redirecting = "<meta http-equiv=\"refresh\" content=\"0;URL=../a.html\"><a href=\"../a.html\">a</a>";
        assert_eq!(Page::parse(redirecting).redirect.as_deref(), Some("../a.html"));
        assert_eq!(
            Page::parse("<meta name=\"description\" content=\"URL=x\">").redirect,
            None
        );
    }

    #[test]
    fn only_tags_are_read() {
        let page = Page::parse(
            "<!-- <a href=\"comment\"> --><script>let a = '<a href=\"script\">';</script><style><a href=\"style\"></style>\
             <a href=\"x&amp;y\" title=\"<a href='title'>\">",
        );
        assert_eq!(page.links, ["x&y"]);
    }

    #[test]
    fn a_page_that_is_cut_off_ends() {
        for text in ["<", "<a", "<a href", "<a href=", "<a href=\"x", "<!-- x", "<script>x"] {
            Page::parse(text);
        }
    }
}
