//! Finds words that usually indicate translated prose, in Markdown and in Rust comments.
//!
//! This is not a style guide: a sentence can be bad without these words. Code is ignored, also in documents.

use std::path::Path;

use anyhow::{Context, Result};
use regex::Regex;

use super::files;

/// Folders with quotations: other implementations' texts, and recorded data.
const QUOTES: [&str; 2] = ["docs/parity", "testing/conformance/cases"];

/// The words, as regular expressions, with replacements.
const WORDS: [(&str, &str); 15] = [
    (r"anew", "again"),
    (r"(no|not|never|nobody|nothing)( [\w'-]+){0,8} any ?more", "no longer"),
    (r"as (it|they) stands?", "unchanged"),
    (r"be told", "learn, receive"),
    (r"beside", "next to, in addition to"),
    (r"for ever", "forever"),
    (r"hand(s|ed|ing)? (on|out|over)", "pass, return"),
    (r"it is unless", "… by default, unless"),
    (r"of (one's|your) own", "custom, your"),
    (r"somebody", "someone, or name it"),
    (r"stands? (above|before|behind|below|beneath|for)", "is"),
    (r"the words? for it", "name it"),
    (r"there (are|is|was|were) none", "say what is missing"),
    (r"whatever", "any, everything"),
    (r"\w+ (is|are) what (is|are|was|were)", "begin with the subject"),
];

/// Exceptions: the file, the word as written there, and the reason.
const ALLOWED: [(&str, &str, &str); 0] = [];

/// An occurrence of a word.
#[derive(Debug, PartialEq, Eq)]
struct Hit {
    file: String,
    line: usize,
    word: String,
    instead: &'static str,
}

/// Returns every occurrence in the repository that is not allowed, in order of file and line.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    Ok(search(root)?.iter().map(ToString::to_string).collect())
}

fn search(root: &Path) -> Result<Vec<Hit>> {
    let words = words()?;
    let mut hits = Vec::new();
    for file in files::files(root, &["md", "rs"])? {
        let name = file.strip_prefix(root).unwrap_or(&file);
        if QUOTES.iter().any(|folder| name.starts_with(folder)) {
            continue;
        }
        let text = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", name.display()))?;
        let prose = if name.extension().is_some_and(|extension| extension == "rs") {
            comments(&text)
        } else {
            text
        };
        hits.extend(search_prose(&name.display().to_string(), &prose, &words));
    }
    Ok(hits)
}

impl std::fmt::Display for Hit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            file,
            line,
            word,
            instead,
        } = self;
        write!(f, "{file}:{line}: “{word}”: write {instead}")
    }
}

/// The compiled regular expressions of the words.
type Words = Vec<(Regex, &'static str)>;

fn words() -> Result<Words> {
    let compile = |(word, instead): &(&str, &'static str)| {
        // A sentence continues on the next line.
        let word = word.replace(' ', r"\s+");
        Ok((Regex::new(&format!(r"(?i)\b{word}\b"))?, *instead))
    };
    WORDS.iter().map(compile).collect()
}

fn search_prose(file: &str, prose: &str, words: &Words) -> Vec<Hit> {
    let prose = without_code(prose);
    let mut hits = Vec::new();
    for (word, instead) in words {
        for found in word.find_iter(&prose) {
            let word = found.as_str().split_whitespace().collect::<Vec<_>>().join(" ");
            let line = prose[..found.start()].matches('\n').count() + 1;
            hits.push(Hit {
                file: file.to_owned(),
                line,
                word,
                instead,
            });
        }
    }
    hits.retain(|hit| {
        ALLOWED
            .iter()
            .all(|(file, word, _)| *file != hit.file || *word != hit.word)
    });
    hits.sort_by_key(|hit| hit.line);
    hits
}

/// Returns the text of Rust comments on their lines; all other lines are empty.
fn comments(text: &str) -> String {
    let comment = |line: &str| {
        let line = line.trim_start();
        let whole = line.strip_prefix("//").map(|rest| rest.trim_start_matches(['/', '!']));
        // A comment after code; `://` does not begin a comment.
        whole
            .or_else(|| Some(line.split_once("; // ").or_else(|| line.split_once(", // "))?.1))
            .map(str::to_owned)
    };
    text.lines()
        .map(|line| comment(line).unwrap_or_default() + "\n")
        .collect()
}

/// Returns the text without its code blocks and `code`, with the same lines.
fn without_code(text: &str) -> String {
    let mut in_block = false;
    let mut prose = String::new();
    for line in text.lines() {
        let is_fence = line.trim_start().starts_with("```");
        in_block ^= is_fence;
        if !in_block && !is_fence {
            let mut parts = line.split('`');
            prose.extend(parts.next());
            // Code and prose alternate; the parts before and after code are not adjacent.
            for (number, part) in parts.enumerate() {
                prose.push_str(if number % 2 == 0 { "`" } else { part });
            }
        }
        prose.push('\n');
    }
    prose
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(prose: &str) -> Vec<String> {
        let hits = search_prose("a.md", prose, &words().unwrap());
        hits.iter().map(|hit| format!("{} {}", hit.line, hit.word)).collect()
    }

    #[test]
    fn words_are_found_in_any_case_and_across_lines() {
        assert_eq!(
            found("Anew.\nWrite a store of your\n  own.\n"),
            ["1 Anew", "2 of your own"]
        );
        assert_eq!(
            found("It handed\nover the event, and stands for it."),
            ["1 handed over", "2 stands for"]
        );
    }

    #[test]
    fn parts_of_words_and_code_are_not_found() {
        assert_eq!(
            found("Besides, the `beside` and a canewood.\n```text\nwhatever\n```\n"),
            [""; 0]
        );
        assert_eq!(found("there is `x` none"), [""; 0]);
    }

    #[test]
    fn only_comments_of_rust_are_prose() {
        let text =
            "//! Whatever\nlet anew = \"beside\"; \u{2f}/ somebody\n/// ```\n/// anew\n/// ```\nfn f() {} // no\n";
        assert_eq!(found(&comments(text)), ["1 Whatever", "2 somebody"]);
    }
}
