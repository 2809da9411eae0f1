//! [`code`]: extracts the code of an example from the source that runs it.

/// Returns the code between `// example: NAME` and `// end`, without its indentation.
pub(crate) fn code(source: &str, example: &str) -> Option<String> {
    let begin = format!("// example: {example}");
    let mut lines = source.lines().skip_while(|line| line.trim() != begin);
    lines.next()?;
    let mut ended = false;
    let code: Vec<_> = lines
        .take_while(|line| {
            ended = line.trim() == "// end";
            !ended
        })
        .collect();
    let indents = code.iter().filter(|line| !line.trim().is_empty());
    let indent = indents.map(|line| line.len() - line.trim_start().len()).min()?;
    let moved: String = code
        .iter()
        .flat_map(|line| [line.get(indent..).unwrap_or_default(), "\n"])
        .collect();
    ended.then_some(moved)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_is_moved_to_the_left_and_keeps_its_shape() {
        let source = "fn f() {\n    // example: one\n    a();\n\n    if b {\n        c();\n    }\n    // end\n}\n";
        assert_eq!(code(source, "one").unwrap(), "a();\n\nif b {\n    c();\n}\n");
    }

    #[test]
    fn code_without_an_end_or_without_a_line_is_none() {
        assert_eq!(code("// example: one\na();\n", "one"), None);
        assert_eq!(code("// example: one\n// end\n", "one"), None);
        assert_eq!(code("// example: one\na();\n// end\n", "on"), None);
    }
}
