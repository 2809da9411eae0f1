//! Checks the size and form of source files and their folders.
//!
//! A file is read from top to bottom, and a folder as a list of nouns. Beyond about 400 lines or 15 names, readers search
//! instead of reading, and nearly always some of them have a noun in common.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use super::files;

/// A file with more lines of code should be split. Unit tests, comments and empty lines do not count.
const MAX_LINES: usize = 400;

/// Files that may be longer, with a reason.
const LONG: [(&str, &str); 0] = [];

/// A folder with more Rust files should have subfolders.
const MAX_FILES: usize = 15;

/// The root files of a folder, which do not count.
const FIRST: [&str; 3] = ["lib.rs", "main.rs", "mod.rs"];

/// Folders that may have more files, with a reason.
const WIDE: [(&str, &str); 0] = [];

const FOLDERS: [&str; 7] = ["benches", "crates", "examples", "fuzz", "testing", "tools", "xtask"];

pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    let mut names = Vec::new();
    for folder in FOLDERS {
        for file in files::files(&root.join(folder), &["rs"])? {
            let text = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            let may_be_long = LONG.iter().any(|(path, _)| *path == name);
            problems.extend(
                check_one(&text, may_be_long)
                    .into_iter()
                    .map(|problem| format!("{name}: {problem}")),
            );
            names.push(PathBuf::from(name));
        }
    }
    problems.extend(check_folders(&names));
    Ok(problems)
}

fn check_one(text: &str, may_be_long: bool) -> Vec<String> {
    let mut problems = Vec::new();
    if !text.starts_with("//! ") && !text.starts_with("#![doc = include_str!(") {
        problems.push("does not begin with a `//!` line that says what is in it".to_owned());
    }
    let code = lines_of_code(text);
    if code > MAX_LINES && !may_be_long {
        problems.push(format!(
            "has {code} lines of code, more than {MAX_LINES}: it should be two"
        ));
    }
    for (number, line) in text.lines().enumerate() {
        if line.trim() == concat!("#[", "ignore]") {
            problems.push(format!("line {}: a test is skipped without a reason", number + 1));
        }
        if line.contains(concat!("```", "ignore")) {
            problems.push(format!("line {}: an example that is never compiled", number + 1));
        }
    }
    problems
}

/// Counts the lines of code, without the unit tests at the end.
fn lines_of_code(text: &str) -> usize {
    let lines: Vec<_> = text.lines().collect();
    // With rustfmt, only the module itself begins and ends without indentation.
    let tests = lines
        .windows(2)
        .position(|pair| pair == ["#[cfg(test)]", "mod tests {"]);
    let is_last = |start: &usize| lines[*start..].iter().position(|line| *line == "}") == Some(lines.len() - 1 - start);
    let end = tests.filter(is_last).unwrap_or(lines.len());
    let code = lines[..end].iter().map(|line| line.trim_start());
    code.filter(|line| !line.is_empty() && !line.starts_with("//")).count()
}

fn check_folders(files: &[PathBuf]) -> Vec<String> {
    let mut counts = BTreeMap::<_, usize>::new();
    for file in files {
        let is_first = FIRST.iter().any(|first| file.ends_with(first));
        *counts.entry(file.parent()).or_default() += usize::from(!is_first);
    }
    let folders = counts.into_iter().filter(|(_, count)| *count > MAX_FILES);
    let folders = folders.filter_map(|(folder, count)| Some((folder?.display().to_string(), count)));
    folders
        .filter(|(folder, _)| WIDE.iter().all(|(wide, _)| wide != folder))
        .map(|(folder, count)| {
            format!("{folder}: has {count} Rust files, more than {MAX_FILES}: some of them should have a folder")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_file_has_no_problem() {
        assert_eq!(check_one("//! What is in it.\nfn f() {}\n", false), [""; 0]);
    }

    #[test]
    fn each_rule_can_be_broken() {
        let long = format!("//! Long.\n{}", "x();\n".repeat(MAX_LINES + 1));
        assert_eq!(check_one("fn f() {}\n", false).len(), 1);
        assert_eq!(check_one(&long, false).len(), 1);
        assert_eq!(check_one(&long, true).len(), 0);
        assert_eq!(check_one(concat!("//! A.\n#[", "ignore]\n"), false).len(), 1);
        assert_eq!(check_one(concat!("//! A.\n/// ```", "ignore\n"), false).len(), 1);
    }

    #[test]
    fn only_code_is_counted() {
        let code = "//! A.\n\nfn f() {\n    // Why.\n    g();\n}\n";
        let tests = "\n#[cfg(test)]\nmod tests {\n    fn h() {\n    }\n}\n";
        assert_eq!(lines_of_code(code), 3);
        assert_eq!(lines_of_code(&format!("{code}{tests}")), 3);
        assert_eq!(
            lines_of_code(&format!("{tests}{code}")),
            8,
            "tests in the middle of a file count"
        );
    }

    #[test]
    fn a_folder_holds_fifteen_files_and_its_root_file() {
        let folder = |count: usize| -> Vec<_> {
            let files = (0..count).map(|number| format!("a/src/f{number}.rs"));
            let first = ["a/src/lib.rs", "a/src/main.rs", "a/src/b/mod.rs", "a/src/b/c.rs"].map(str::to_owned);
            files.chain(first).map(PathBuf::from).collect()
        };
        assert_eq!(check_folders(&folder(MAX_FILES)), [""; 0]);
        let expected = "a/src: has 16 Rust files, more than 15: some of them should have a folder";
        assert_eq!(check_folders(&folder(MAX_FILES + 1)), [expected]);
    }
}
