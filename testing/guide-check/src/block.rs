//! [`blocks`]: finds the code blocks of a guide.

/// A fenced code block of a guide.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Block<'a> {
    /// The language in the opening fence, without rustdoc's attributes after a comma.
    pub(crate) language: &'a str,
    pub(crate) text: String,
    /// The line of the opening fence, counted from 1.
    pub(crate) line: usize,
    /// The example that it belongs to.
    pub(crate) example: Option<&'a str>,
}

/// Returns the blocks in order, and the problems with fences and comments.
pub(crate) fn blocks(text: &str) -> (Vec<Block<'_>>, Vec<String>) {
    let (mut blocks, mut problems) = (Vec::<Block<'_>>::new(), Vec::new());
    let (mut example, mut examples) = (None, Vec::new());
    let mut open: Option<(&str, Block<'_>)> = None;
    for (index, line) in text.lines().enumerate() {
        if let Some((fence, block)) = &mut open {
            if line.trim() == *fence {
                blocks.extend(open.take().map(|(_, block)| block));
            } else {
                block.text.push_str(line);
                block.text.push('\n');
            }
        } else if let Some((fence, language)) = opening(line) {
            let block = Block {
                language,
                text: String::new(),
                line: index + 1,
                example,
            };
            open = Some((fence, block));
        } else if let Some(name) = named(line) {
            if examples.contains(&name) {
                problems.push(format!("line {}: duplicate example {name}", index + 1));
            }
            examples.push(name);
            example = Some(name);
        } else if line.starts_with('#') {
            example = None;
        }
    }
    if let Some((_, block)) = open {
        problems.push(format!("line {}: the block is not closed", block.line));
    }
    for name in examples {
        if !blocks.iter().any(|block| block.example == Some(name)) {
            problems.push(format!("example {name} has no block"));
        }
    }
    (blocks, problems)
}

/// Returns an opening fence and the language.
fn opening(line: &str) -> Option<(&str, &str)> {
    let line = line.trim();
    let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let language = line.trim_start_matches(mark);
    let fence = &line[..line.len() - language.len()];
    // A line of text can also begin with inline code.
    (fence.len() >= 3 && !language.contains('`')).then(|| (fence, language.split(',').next().unwrap_or_default()))
}

/// Returns the name in an example's comment.
fn named(line: &str) -> Option<&str> {
    line.trim().strip_prefix("<!-- example: ")?.strip_suffix(" -->")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_has_its_language_its_line_and_its_example() {
        let text = "# A\n<!-- example: one -->\n```rust,no_run\n# hidden\n\nshown\n```\ntext\n```json\n{}\n```\n## B\n  ~~~~\n```\n  ~~~~\n";
        let (blocks, problems) = blocks(text);
        let found: Vec<_> = blocks
            .iter()
            .map(|block| (block.line, block.language, block.example, &*block.text))
            .collect();
        let expected = [
            (3, "rust", Some("one"), "# hidden\n\nshown\n"),
            (9, "json", Some("one"), "{}\n"),
            (13, "", None, "```\n"),
        ];
        assert_eq!(found, expected);
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn an_incomplete_block_is_a_problem() {
        let (_, problems) = blocks("<!-- example: a -->\n<!-- example: a -->\n```json\n");
        let expected = [
            "line 2: duplicate example a",
            "line 3: the block is not closed",
            "example a has no block",
            "example a has no block",
        ];
        assert_eq!(problems, expected);
    }
}
