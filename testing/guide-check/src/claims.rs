//! [`check`] and [`Guide`]: the claims of a test about a guide.

use crate::block::{Block, blocks};
use crate::difference::difference;
use crate::shown::{matches, without_lines_of_code};
use crate::source;

/// A guide whose blocks a test claims one by one.
#[derive(Debug)]
pub struct Guide<'a> {
    name: &'a str,
    /// The blocks that have not been claimed yet.
    blocks: Vec<Block<'a>>,
    source: &'a str,
    problems: Vec<String>,
}

/// Checks a guide. Each of its blocks must be claimed once.
///
/// `source` is the text of the file that runs the guide's code.
///
/// # Panics
///
/// Panics with all problems: claims that do not hold, and blocks that were not claimed.
pub fn check(name: &str, text: &str, source: &str, claims: impl FnOnce(&mut Guide<'_>)) {
    let problems = problems(name, text, source, claims);
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

fn problems(name: &str, text: &str, source: &str, claims: impl FnOnce(&mut Guide<'_>)) -> Vec<String> {
    let (blocks, problems) = blocks(text);
    let mut guide = Guide {
        name,
        blocks,
        source,
        problems: problems
            .into_iter()
            .map(|problem| format!("{name}, {problem}"))
            .collect(),
    };
    claims(&mut guide);
    for block in std::mem::take(&mut guide.blocks) {
        let problem = format!("unchecked block of {}", language(block.language));
        guide.problem(block.line, &problem);
    }
    guide.problems
}

impl<'a> Guide<'a> {
    /// Claims that the Rust code of an example is the source's.
    pub fn code(&mut self, example: &str) {
        let Some((code, block)) = self.code_and_block(example) else {
            return;
        };
        if let Some(difference) = difference(&block.text, &code, |a, b| a == b) {
            let problem = format!("the code of example {example} differs from the code that runs:\n{difference}");
            self.problem(block.line, &problem);
        }
    }

    /// Claims that the Rust code of an example contains the source's; a documentation test compiles the rest.
    pub fn code_within(&mut self, example: &str) {
        let Some((code, block)) = self.code_and_block(example) else {
            return;
        };
        if !block.text.contains(&code) {
            let problem = format!("the code of example {example} does not contain the code that runs:\n{code}");
            self.problem(block.line, &problem);
        }
    }

    /// Claims that an output of an example is the real one.
    pub fn output(&mut self, example: &str, language: &str, real: &str) {
        if let Some(block) = self.block_of(example, language) {
            self.compare(&block, real);
        }
    }

    /// Claims that the first block of a language below a line is the real output of the code there.
    pub fn output_below(&mut self, line: usize, language: &str, real: &str) {
        match self.take(|block| block.line > line && block.language == language) {
            Some(block) => self.compare(&block, real),
            None => self.problem(line, &format!("no unclaimed block of {language} below")),
        }
    }

    /// Claims that the first unclaimed block of a language is a part of another text.
    pub fn quoted(&mut self, language: &str, text: &str) {
        match self.take(|block| block.language == language) {
            Some(block) if text.contains(&block.text) => {}
            Some(block) => self.problem(block.line, "the other text does not contain this block"),
            None => self.problem(1, &format!("no unclaimed block of {language}")),
        }
    }

    /// Claims that the block whose code begins on a line was run from the guide itself.
    pub fn ran(&mut self, line: usize) {
        if self.take(|block| block.line + 1 == line).is_none() {
            self.problem(line, "no unclaimed block here");
        }
    }

    /// Claims the block that begins with a text without checking it.
    pub fn left_out(&mut self, beginning: &str, reason: &str) {
        if self.take(|block| block.text.starts_with(beginning)).is_none() {
            let problem = format!(
                "{}: no block begins with {beginning:?} (not checked: {reason})",
                self.name
            );
            self.problems.push(problem);
        }
    }

    fn code_and_block(&mut self, example: &str) -> Option<(String, Block<'a>)> {
        let code = source::code(self.source, example);
        if code.is_none() {
            let problem = format!("{}: no code between `// example: {example}` and `// end`", self.name);
            self.problems.push(problem);
        }
        let block = self.block_of(example, "rust");
        code.zip(block)
    }

    fn block_of(&mut self, example: &str, language: &str) -> Option<Block<'a>> {
        let block = self.take(|block| block.example == Some(example) && block.language == language);
        if block.is_none() {
            let problem = format!("{}: no unclaimed block of {language} in example {example}", self.name);
            self.problems.push(problem);
        }
        block
    }

    fn compare(&mut self, block: &Block<'_>, real: &str) {
        let (shown, real) = (without_lines_of_code(&block.text), without_lines_of_code(real));
        if let Some(difference) = difference(&shown, &real, matches) {
            self.problem(block.line, &format!("the output differs:\n{difference}"));
        }
    }

    fn problem(&mut self, line: usize, problem: &str) {
        self.problems.push(format!("{}:{line}: {problem}", self.name));
    }

    fn take(&mut self, is_wanted: impl FnMut(&Block<'a>) -> bool) -> Option<Block<'a>> {
        let at = self.blocks.iter().position(is_wanted)?;
        Some(self.blocks.remove(at))
    }
}

fn language(language: &str) -> &str {
    if language.is_empty() { "no language" } else { language }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<!-- example: one -->\n```rust\na();\n```\n```json\n{\"a\":…}\n```\n# Other\n```text\nx\n```\n";
    const SOURCE: &str = "    // example: one\n    a();\n    // end\n";

    #[test]
    fn a_guide_whose_blocks_are_claimed_passes() {
        let problems = problems("a.md", TEXT, SOURCE, |guide| {
            guide.code("one");
            guide.output("one", "json", "{\"a\":1}\n");
            guide.left_out("x", "it is not an output");
        });
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn a_block_that_nothing_claims_is_a_problem() {
        let problems = problems("a.md", TEXT, SOURCE, |guide| {
            guide.code_within("one");
            guide.output_below(8, "text", "x");
        });
        assert_eq!(problems, ["a.md:5: unchecked block of json"]);
    }

    #[test]
    fn a_block_is_claimed_once() {
        let problems = problems("a.md", TEXT, SOURCE, |guide| {
            for _ in 0..2 {
                guide.ran(3);
                guide.output("one", "json", "{\"a\":1}");
                guide.left_out("x", "it is not an output");
            }
        });
        let expected = [
            "a.md:3: no unclaimed block here",
            "a.md: no unclaimed block of json in example one",
            "a.md: no block begins with \"x\" (not checked: it is not an output)",
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn other_code_and_another_output_are_problems() {
        let problems = problems("a.md", TEXT, "// example: one\nb();\n// end\n", |guide| {
            guide.code("one");
            guide.output("one", "json", "{\"b\":1}");
            guide.output_below(8, "text", "x\ny");
        });
        let expected = [
            "a.md:2: the code of example one differs from the code that runs:\n- a();\n+ b();\n  ~ \"a();\", really \"b();\"\n",
            "a.md:5: the output differs:\n- {\"a\":…}\n+ {\"b\":1}\n  ~ \"\\\"a\\\"\", really \"\\\"b\\\"\"\n",
            "a.md:9: the output differs:\n  x\n+ y\n",
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn a_quotation_is_a_part_of_its_text() {
        for (text, expected) in [
            ("w\nx\ny\n", None),
            ("xy\n", Some("a.md:9: the other text does not contain this block")),
        ] {
            let problems = problems("a.md", TEXT, SOURCE, |guide| {
                guide.ran(3);
                guide.ran(6);
                guide.quoted("text", text);
            });
            assert_eq!(problems.first().map(String::as_str), expected);
        }
    }

    #[test]
    fn an_example_that_is_not_run_or_not_shown_is_a_problem() {
        let problems = problems("a.md", TEXT, SOURCE, |guide| {
            guide.code("two");
            guide.ran(3);
            guide.ran(6);
            guide.ran(10);
        });
        let expected = [
            "a.md: no code between `// example: two` and `// end`",
            "a.md: no unclaimed block of rust in example two",
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    #[should_panic(expected = "a.md:2: unchecked block of rust\na.md:5: unchecked block")]
    fn the_check_fails_with_all_problems() {
        check("a.md", TEXT, SOURCE, |_| ());
    }
}
