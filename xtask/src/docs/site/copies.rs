//! [`expand`]: shows a part of another file, so that it is written once.
//!
//! A line `<!-- copy FILE: section NAME -->` becomes the text below that heading, `<!-- copy FILE: example NAME -->` the code
//! blocks below `<!-- example: NAME -->`, and `<!-- copy FILE -->` the whole file as a code block. FILE is relative to the
//! page.

use std::path::Path;

use anyhow::{Context, Result};

use super::markdown;

/// Expands the lines that copy, and passes each text to `rewrite`, with the file that the text is from.
pub(super) fn expand(
    text: &str,
    root: &Path,
    source: &Path,
    rewrite: &mut dyn FnMut(&str, &Path) -> String,
) -> Result<String> {
    let mut new = String::new();
    let mut own = String::new();
    for line in text.lines() {
        let Some(copy) = line
            .strip_prefix("<!-- copy ")
            .and_then(|line| line.strip_suffix(" -->"))
        else {
            own.push_str(line);
            own.push('\n');
            continue;
        };
        new += &rewrite(&std::mem::take(&mut own), source);
        let (file, part) = copy.split_once(": ").unwrap_or((copy, ""));
        let path = markdown::joined(source.parent().unwrap_or(Path::new("")), file).unwrap_or_default();
        let from = std::fs::read_to_string(root.join(&path))
            .with_context(|| format!("{}: {file} cannot be read", source.display()))?;
        let found = match part.split_once(' ') {
            Some(("section", name)) => section(&from, name).map(|text| rewrite(text, &path)),
            Some(("example", name)) => example(&from, name),
            _ => Some(as_block(&from, &path)),
        };
        new += &found.with_context(|| format!("{}: {file} has no {part}", source.display()))?;
    }
    Ok(new + &rewrite(&own, source))
}

/// Returns the text below a heading of the second level.
fn section<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let heading = format!("\n## {name}\n");
    let start = text.find(&heading)? + heading.len();
    let end = text[start..].find("\n## ").map_or(text.len(), |end| start + end + 1);
    Some(text[start..end].trim_start())
}

/// Returns the code blocks that follow an example's comment directly, with the text between them.
fn example(text: &str, name: &str) -> Option<String> {
    let mark = format!("<!-- example: {name} -->\n");
    let text = &text[text.find(&mark)? + mark.len()..];
    let mut block = String::new();
    for line in text.lines() {
        block.push_str(line);
        block.push('\n');
        if line == "```" {
            return Some(block);
        }
    }
    None
}

fn as_block(text: &str, path: &Path) -> String {
    let language = match path.extension().and_then(|extension| extension.to_str()) {
        Some("yaml") => "yaml",
        Some("ts") => "typescript",
        Some("tf") => "hcl",
        Some("rs") => "rust",
        _ => "text",
    };
    format!("```{language}\n{}\n```\n", text.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_text_is_found() {
        let text = "# A\n\n## B\n\nb\n\n## C\n\n<!-- example: d -->\n```rust\nd();\n```\nend\n";
        assert_eq!(section(text, "B"), Some("b\n\n"));
        assert_eq!(section(text, "D"), None);
        assert_eq!(example(text, "d").as_deref(), Some("```rust\nd();\n```\n"));
        assert_eq!(example(text, "e"), None);
    }

    #[test]
    fn a_copy_has_the_links_of_the_file_that_it_is_from() {
        let root = crate::workspace::root();
        let page = "a\n<!-- copy ../../README.md: section Why -->\nb\n";
        let mut seen = Vec::new();
        let text = expand(page, &root, Path::new("docs/site/a.md"), &mut |text, from| {
            seen.push(from.display().to_string());
            text.to_owned()
        });
        assert!(text.unwrap().starts_with("a\n* **Isolated.**"));
        assert_eq!(seen, ["docs/site/a.md", "README.md", "docs/site/a.md"]);
    }

    #[test]
    fn a_part_that_is_gone_is_an_error() {
        let root = crate::workspace::root();
        let page = "<!-- copy ../../README.md: section Gone -->\n";
        let error = expand(page, &root, Path::new("docs/site/a.md"), &mut |text, _| text.to_owned()).unwrap_err();
        assert_eq!(error.to_string(), "docs/site/a.md: ../../README.md has no section Gone");
    }
}
