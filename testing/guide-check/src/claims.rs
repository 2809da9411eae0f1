//! What a test claims of a guide.

use crate::block::{Block, blocks};
use crate::difference::difference;
use crate::shown::{matches, without_lines_of_code};
use crate::source;

/// A guide whose blocks are claimed one by one.
#[derive(Debug)]
pub struct Guide<'a> {
    name: &'a str,
    /// Those that nothing claimed yet.
    blocks: Vec<Block<'a>>,
    source: &'a str,
    problems: Vec<String>,
}

/// Checks a guide: each of its blocks has to be claimed once.
///
/// `source` is the text of the file that runs the guide's code.
///
/// # Panics
///
/// Panics with all that is wrong: claims that do not hold, and blocks that nothing claimed.
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
        let problem = format!("nothing checks this block of {}", language(block.language));
        guide.problem(block.line, &problem);
    }
    guide.problems
}

impl<'a> Guide<'a> {
    /// Claims the Rust code of an example: it is the source's.
    pub fn code(&mut self, example: &str) {
        let Some((code, block)) = self.code_and_block(example) else {
            return;
        };
        if let Some(difference) = difference(&block.text, &code, |a, b| a == b) {
            let problem = format!("the code of example {example} is not the one that is run:\n{difference}");
            self.problem(block.line, &problem);
        }
    }

    /// Claims the Rust code of an example, which has the source's somewhere in it; a documentation test compiles the rest.
    pub fn code_within(&mut self, example: &str) {
        let Some((code, block)) = self.code_and_block(example) else {
            return;
        };
        if !block.text.contains(&code) {
            let problem = format!("the code of example {example} does not have what is run in it:\n{code}");
            self.problem(block.line, &problem);
        }
    }

    /// Claims an output of an example: it is the real one.
    pub fn output(&mut self, example: &str, language: &str, real: &str) {
        if let Some(block) = self.block_of(example, language) {
            self.compare(&block, real);
        }
    }

    /// Claims the first block of a language below a line, as the real output of what stands there.
    pub fn output_below(&mut self, line: usize, language: &str, real: &str) {
        match self.take(|block| block.line > line && block.language == language) {
            Some(block) => self.compare(&block, real),
            None => self.problem(line, &format!("no block of {language} is left below")),
        }
    }

    /// Claims the first block of a language that is left, as a part of another text.
    pub fn quoted(&mut self, language: &str, text: &str) {
        match self.take(|block| block.language == language) {
            Some(block) if text.contains(&block.text) => {}
            Some(block) => self.problem(block.line, "the text that it is taken from has no such part"),
            None => self.problem(1, &format!("no block of {language} is left")),
        }
    }

    /// Claims the block whose code begins on a line, as one that was run from the guide itself.
    pub fn ran(&mut self, line: usize) {
        if self.take(|block| block.line + 1 == line).is_none() {
            self.problem(line, "no block is left here");
        }
    }

    /// Claims a block that is not checked here, by how it begins.
    pub fn left_out(&mut self, beginning: &str, reason: &str) {
        if self.take(|block| block.text.starts_with(beginning)).is_none() {
            let problem = format!(
                "{}: no block begins with {beginning:?}, left out because {reason}",
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
            let problem = format!("{}: no block of {language} is left in example {example}", self.name);
            self.problems.push(problem);
        }
        block
    }

    fn compare(&mut self, block: &Block<'_>, real: &str) {
        let (shown, real) = (without_lines_of_code(&block.text), without_lines_of_code(real));
        if let Some(difference) = difference(&shown, &real, matches) {
            self.problem(block.line, &format!("the output is another:\n{difference}"));
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
            guide.left_out("x", "it is no output");
        });
        assert_eq!(problems, [""; 0]);
    }

    #[test]
    fn a_block_that_nothing_claims_is_a_problem() {
        let problems = problems("a.md", TEXT, SOURCE, |guide| {
            guide.code_within("one");
            guide.output_below(8, "text", "x");
        });
        assert_eq!(problems, ["a.md:5: nothing checks this block of json"]);
    }

    #[test]
    fn a_block_is_claimed_once() {
        let problems = problems("a.md", TEXT, SOURCE, |guide| {
            for _ in 0..2 {
                guide.ran(3);
                guide.output("one", "json", "{\"a\":1}");
                guide.left_out("x", "it is no output");
            }
        });
        let expected = [
            "a.md:3: no block is left here",
            "a.md: no block of json is left in example one",
            "a.md: no block begins with \"x\", left out because it is no output",
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
            "a.md:2: the code of example one is not the one that is run:\n- a();\n+ b();\n  ~ \"a();\", really \"b();\"\n",
            "a.md:5: the output is another:\n- {\"a\":…}\n+ {\"b\":1}\n  ~ \"\\\"a\\\"\", really \"\\\"b\\\"\"\n",
            "a.md:9: the output is another:\n  x\n+ y\n",
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    fn a_quotation_is_a_part_of_its_text() {
        for (text, expected) in [
            ("w\nx\ny\n", None),
            ("xy\n", Some("a.md:9: the text that it is taken from has no such part")),
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
            "a.md: no block of rust is left in example two",
        ];
        assert_eq!(problems, expected);
    }

    #[test]
    #[should_panic(expected = "a.md:2: nothing checks this block of rust\na.md:5: nothing checks")]
    fn the_check_fails_with_all_problems() {
        check("a.md", TEXT, SOURCE, |_| ());
    }
}
