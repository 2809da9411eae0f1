//! [`rewrite`]: replaces the targets of a Markdown text's links, and nothing else.

use std::ops::Range;
use std::path::{Component, Path, PathBuf};

use pulldown_cmark::{BrokenLink, CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};

/// A link of a text.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) target: String,
    /// What a reader sees, without markup.
    pub(super) label: String,
    /// Whether the link has no target in the text, like ``[`Item`]``, which rustdoc resolves.
    pub(super) is_open: bool,
}

/// What a link becomes.
#[derive(Debug)]
pub(super) enum Becomes {
    /// It stays unchanged.
    Same,
    /// It leads to this target.
    Link(String),
    /// Its label is only text.
    Text,
}

/// Replaces the targets of the links in a text.
pub(super) fn rewrite(text: &str, becomes: &mut dyn FnMut(&Link) -> Becomes) -> String {
    let mut open = |_: BrokenLink<'_>| Some((CowStr::from(""), CowStr::from("")));
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH;
    let parser = Parser::new_with_broken_link_callback(text, options, Some(&mut open));
    let mut edits = Vec::<(Range<usize>, String)>::new();
    let mut current: Option<(LinkType, Link, Range<usize>)> = None;
    for (event, range) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::Link {
                link_type, dest_url, ..
            }) => {
                let link = Link {
                    target: dest_url.into_string(),
                    label: String::new(),
                    is_open: is_open(link_type),
                };
                current = Some((link_type, link, range));
            }
            Event::Text(part) | Event::Code(part) => {
                if let Some((_, link, _)) = &mut current {
                    link.label.push_str(&part);
                }
            }
            Event::SoftBreak => {
                if let Some((_, link, _)) = &mut current {
                    link.label.push(' ');
                }
            }
            Event::End(TagEnd::Link) => {
                let Some((link_type, link, mut range)) = current.take() else {
                    continue;
                };
                if matches!(link_type, LinkType::Autolink | LinkType::Email) {
                    continue;
                }
                // The parser's range of `[label][]` ends before the empty brackets.
                if matches!(link_type, LinkType::Collapsed | LinkType::CollapsedUnknown)
                    && text[range.end..].starts_with("[]")
                {
                    range.end += "[]".len();
                }
                let shown = shown(&text[range.clone()], link_type);
                match becomes(&link) {
                    Becomes::Same => {}
                    Becomes::Link(target) => edits.push((range, format!("{shown}({target})"))),
                    Becomes::Text => {
                        edits.push((range, shown.trim_start_matches('[').trim_end_matches(']').to_owned()));
                    }
                }
            }
            _ => {}
        }
    }
    let mut new = String::new();
    let mut end = 0;
    for (range, replacement) in edits {
        new.push_str(&text[end..range.start]);
        new.push_str(&replacement);
        end = range.end;
    }
    new + &text[end..]
}

/// Follows a relative path, or returns nothing if it leads out of the root.
pub(super) fn joined(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut joined = folder.to_owned();
    for part in Path::new(path).components() {
        match part {
            Component::Normal(name) => joined.push(name),
            Component::ParentDir if !joined.pop() => return None,
            Component::RootDir | Component::Prefix(_) => return None,
            Component::ParentDir | Component::CurDir => {}
        }
    }
    Some(joined)
}

fn is_open(link_type: LinkType) -> bool {
    matches!(
        link_type,
        LinkType::ReferenceUnknown | LinkType::CollapsedUnknown | LinkType::ShortcutUnknown
    )
}

/// Returns a link's label with its brackets and its markup.
fn shown(source: &str, link_type: LinkType) -> &str {
    let end = match link_type {
        LinkType::Inline => source.rfind("]("),
        LinkType::Reference | LinkType::ReferenceUnknown | LinkType::Collapsed | LinkType::CollapsedUnknown => {
            source.rfind("][")
        }
        _ => None,
    };
    end.map_or(source, |end| &source[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_link_is_replaced_and_code_is_not() {
        let text = "[a](b.md), [`C`], [d\ne][f], [g][], [h], <https://i.j> and `[k](l)`\n\n| [m](n) |\n|---|\n| [`o`](p) |\n\n\
                    ```\n[q](r)\n```\n\n[f]: s\n[g]: t\n[h]: u \"title\"\n";
        let mut seen = Vec::new();
        let new = rewrite(text, &mut |link| {
            seen.push((link.target.clone(), link.label.clone(), link.is_open));
            Becomes::Link("X".to_owned())
        });
        let expected = "[a](X), [`C`](X), [d\ne](X), [g](X), [h](X), <https://i.j> and `[k](l)`\n\n| [m](X) |\n|---|\n| [`o`](X) |\n\n\
                        ```\n[q](r)\n```\n\n[f]: s\n[g]: t\n[h]: u \"title\"\n";
        assert_eq!(new, expected);
        assert_eq!(seen[1], (String::new(), "C".to_owned(), true));
        assert_eq!(seen[2], ("s".to_owned(), "d e".to_owned(), false));
    }

    #[test]
    fn a_link_can_stay_or_become_text() {
        assert_eq!(
            rewrite("[a](b) `c[0]` d[1]", &mut |_| Becomes::Same),
            "[a](b) `c[0]` d[1]"
        );
        assert_eq!(rewrite("x [`a`](b), [c](d)", &mut |_| Becomes::Text), "x `a`, c");
    }

    #[test]
    fn a_path_stays_in_the_repository() {
        assert_eq!(
            joined(Path::new("docs/site"), "../a.md").as_deref(),
            Some(Path::new("docs/a.md"))
        );
        assert_eq!(joined(Path::new("docs"), "../../a.md"), None);
    }
}
