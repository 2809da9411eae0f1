//! [`difference`]: shows the difference between a text and the real one.

use std::fmt::Write;

use similar::{DiffTag, TextDiff};

/// The length to which lines that do not differ are shortened.
const CONTEXT: usize = 100;

/// Asserts that a whole text is the real one.
///
/// # Panics
///
/// Panics with the differences if it is not.
pub fn assert_same(name: &str, shown: &str, real: &str) {
    if let Some(difference) = difference(shown, real, |a, b| a == b) {
        panic!("{name} differs from the real text:\n{difference}");
    }
}

/// Returns the differences between the lines of two texts: `-` marks shown lines, `+` marks real ones. Below a replaced line,
/// it lists the parts that differ.
pub(crate) fn difference(shown: &str, real: &str, same: impl Fn(&str, &str) -> bool) -> Option<String> {
    let (shown, real): (Vec<_>, Vec<_>) = (shown.lines().collect(), real.lines().collect());
    if shown.len() == real.len() && shown.iter().zip(&real).all(|(shown, line)| same(shown, line)) {
        return None;
    }
    // A real line that matches a shown one is replaced by it, so that only the differences are left.
    let as_shown = |(at, line): (usize, &&'_ str)| -> String {
        let here = shown.get(at).filter(|shown| same(shown, line));
        let anywhere = || shown.iter().find(|shown| same(shown, line));
        here.or_else(anywhere).map_or(*line, |shown| *shown).to_owned()
    };
    let real: Vec<_> = real.iter().enumerate().map(as_shown).collect();
    let real: Vec<_> = real.iter().map(String::as_str).collect();
    let mut text = String::new();
    for operation in TextDiff::from_slices(&shown, &real).ops() {
        let (removed, added) = (&shown[operation.old_range()], &real[operation.new_range()]);
        if operation.tag() == DiffTag::Equal {
            for line in removed {
                let _ = writeln!(text, "  {}", shortened(line));
            }
            continue;
        }
        for line in removed {
            let _ = writeln!(text, "- {line}");
        }
        for line in added {
            let _ = writeln!(text, "+ {line}");
        }
        for (shown, line) in removed.iter().zip(added) {
            text.push_str(&parts(shown, line));
        }
    }
    Some(text)
}

fn shortened(line: &str) -> String {
    match line.char_indices().nth(CONTEXT) {
        Some((end, _)) => format!("{} [and so on]", &line[..end]),
        None => line.to_owned(),
    }
}

/// Returns the parts that differ between two lines, one per line.
fn parts(shown: &str, line: &str) -> String {
    let (shown, line) = (words(shown), words(line));
    let mut text = String::new();
    for operation in TextDiff::from_slices(&shown, &line).ops() {
        let (removed, added) = (
            shown[operation.old_range()].concat(),
            line[operation.new_range()].concat(),
        );
        if operation.tag() != DiffTag::Equal && removed != "…" {
            let _ = writeln!(text, "  ~ {removed:?}, really {added:?}");
        }
    }
    text
}

/// Splits a line into words and the characters between them, because JSON has no spaces.
fn words(line: &str) -> Vec<&str> {
    const BETWEEN: [char; 8] = [' ', ',', ':', '{', '}', '[', ']', '…'];
    let parts = line.split_inclusive(BETWEEN);
    parts
        .flat_map(|part| {
            let word = part.trim_end_matches(BETWEEN);
            [word, &part[word.len()..]]
        })
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::shown::matches;

    #[test]
    fn what_is_the_same_has_no_difference() {
        assert_eq!(difference("a…\nb", "abc\nb\n", matches), None);
    }

    #[test]
    fn a_difference_shows_lines_and_their_parts() {
        let shown = "{\"a\":1,…,\"level\":\"INFO\"}\nthe same…\ngone";
        let real = "{\"a\":1,\"b\":2,\"level\":\"WARN\"}\nthe same line";
        let expected = "- {\"a\":1,…,\"level\":\"INFO\"}\n\
                        + {\"a\":1,\"b\":2,\"level\":\"WARN\"}\n  \
                          ~ \"\\\"INFO\\\"\", really \"\\\"WARN\\\"\"\n  \
                          the same…\n\
                        - gone\n";
        assert_eq!(difference(shown, real, matches).unwrap(), expected);
    }

    #[test]
    fn a_missing_line_and_one_too_many_are_differences() {
        assert_eq!(difference("a\nb", "b", matches).unwrap(), "- a\n  b\n");
        assert_eq!(difference("b", "a\nb", matches).unwrap(), "+ a\n  b\n");
    }

    #[test]
    #[should_panic(expected = "docs/a.md differs from the real text:\n- a\n+ b\n")]
    fn texts_that_differ_fail() {
        assert_same("docs/a.md", "a", "b");
    }
}
