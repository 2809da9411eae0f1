//! [`Document`]: finds the examples in a Markdown document.

use std::ops::Range;

/// A Markdown document whose examples can be run.
#[derive(Clone, Debug)]
pub struct Document {
    text: String,
}

/// A query, in a block with the tag `insights`.
#[derive(Clone, Debug)]
pub struct Example<'a> {
    /// The query's text.
    pub query: &'a str,
    /// The line on which the query begins, counted from 1.
    pub line: usize,
    /// The query's output, if a block with the tag `text` follows immediately.
    pub output: Option<&'a str>,
    pub(crate) output_range: Option<Range<usize>>,
}

/// A filter expression, in the first column of a table with the heading `filter expression`.
#[derive(Clone, Debug)]
pub struct FilterExample<'a> {
    /// The filter expression.
    pub filter: &'a str,
    /// The line, counted from 1.
    pub line: usize,
    /// The text of the table's last column.
    pub matches: &'a str,
    pub(crate) matches_range: Range<usize>,
}

struct Block<'a> {
    tag: &'a str,
    text: &'a str,
    range: Range<usize>,
    /// The line after the opening fence, counted from 1.
    line: usize,
    /// The line of the closing fence.
    end: usize,
}

impl Document {
    /// Creates a document from its text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into() }
    }

    /// Returns the queries in their order.
    pub fn queries(&self) -> Vec<Example<'_>> {
        let blocks = self.blocks();
        let following = blocks.iter().skip(1).map(Some).chain([None]);
        let pairs = blocks.iter().zip(following);
        pairs
            .filter(|(block, _)| block.tag == "insights")
            .map(|(block, next)| {
                let output = next.filter(|next| next.tag == "text" && next.line <= block.end + 3);
                Example {
                    query: block.text,
                    line: block.line,
                    output: output.map(|output| output.text),
                    output_range: output.map(|output| output.range.clone()),
                }
            })
            .collect()
    }

    /// Returns the filter expressions in their order.
    pub fn filters(&self) -> Vec<FilterExample<'_>> {
        let mut is_inside = false;
        let mut offset = 0;
        let mut filters = Vec::new();
        for (index, line) in self.text.split_inclusive('\n').enumerate() {
            let start = offset;
            offset += line.len();
            let Some(row) = line
                .trim_end()
                .strip_prefix("| ")
                .and_then(|row| row.strip_suffix(" |"))
            else {
                is_inside &= line.starts_with('|');
                continue;
            };
            let (Some((filter, _)), Some((_, matches))) = (row.split_once(" | "), row.rsplit_once(" | ")) else {
                continue;
            };
            if filter == "filter expression" {
                is_inside = true;
            } else if is_inside {
                let end = start + "| ".len() + row.len();
                filters.push(FilterExample {
                    filter: filter.trim_matches('`'),
                    line: index + 1,
                    matches,
                    matches_range: end - matches.len()..end,
                });
            }
        }
        filters
    }

    /// Returns the document with the texts at some places replaced.
    pub(crate) fn replace(&self, places: impl IntoIterator<Item = (Range<usize>, String)>) -> String {
        let mut places: Vec<_> = places.into_iter().collect();
        places.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
        let mut text = self.text.clone();
        for (range, other) in places {
            text.replace_range(range, &other);
        }
        text
    }

    /// Returns the blocks with a tag.
    pub fn blocks_of(&self, tag: &str) -> Vec<&str> {
        let blocks = self.blocks().into_iter().filter(|block| block.tag == tag);
        blocks.map(|block| block.text).collect()
    }

    fn blocks(&self) -> Vec<Block<'_>> {
        let mut blocks = Vec::new();
        let mut open: Option<(&str, usize, usize)> = None;
        let mut offset = 0;
        for (index, line) in self.text.split_inclusive('\n').enumerate() {
            let end = offset + line.len();
            match (open, line.trim_end().strip_prefix("```")) {
                (None, Some(tag)) => open = Some((tag, index + 2, end)),
                (Some((tag, line, start)), Some("")) => {
                    blocks.push(Block {
                        tag,
                        text: &self.text[start..offset],
                        range: start..offset,
                        line,
                        end: index + 1,
                    });
                    open = None;
                }
                _ => {}
            }
            offset = end;
        }
        blocks
    }
}
