//! The shape of the source files.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// A file with more lines of code than this wants to be two.
const MAX_LINES: usize = 450;

/// Files that may be longer, each with its reason.
const LONG: [(&str, &str); 0] = [];

const FOLDERS: [&str; 6] = ["benches", "crates", "examples", "testing", "tools", "xtask"];

pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for folder in FOLDERS {
        for file in files(&root.join(folder))? {
            let text = std::fs::read_to_string(&file).with_context(|| format!("{} cannot be read", file.display()))?;
            let name = file.strip_prefix(root).unwrap_or(&file).display().to_string();
            let may_be_long = LONG.iter().any(|(path, _)| *path == name);
            problems.extend(
                check_one(&text, may_be_long)
                    .into_iter()
                    .map(|problem| format!("{name}: {problem}")),
            );
        }
    }
    Ok(problems)
}

fn check_one(text: &str, may_be_long: bool) -> Vec<String> {
    let mut problems = Vec::new();
    if !text.starts_with("//! ") && !text.starts_with("#![doc = include_str!(") {
        problems.push("does not begin with a `//!` line that says what is in it".to_owned());
    }
    let code = text
        .lines()
        .filter(|line| !line.trim().is_empty() && !line.trim_start().starts_with("//"))
        .count();
    if code > MAX_LINES && !may_be_long {
        problems.push(format!(
            "has {code} lines of code, more than {MAX_LINES}: it wants to be two"
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

/// Returns every Rust file below `folder`, in order of name.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                found.extend(files(&path)?);
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
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
        assert_eq!(check_one("fn f() {}\n", false).len(), 1);
        assert_eq!(
            check_one(&format!("//! Long.\n{}", "x();\n".repeat(MAX_LINES + 1)), false).len(),
            1
        );
        assert_eq!(
            check_one(&format!("//! Long.\n{}", "x();\n".repeat(MAX_LINES + 1)), true).len(),
            0
        );
        assert_eq!(check_one(concat!("//! A.\n#[", "ignore]\n"), false).len(), 1);
        assert_eq!(check_one(concat!("//! A.\n/// ```", "ignore\n"), false).len(), 1);
    }
}
