//! Checks that no build output is committed.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

/// Returns the tracked folders of build output. A copy of the sources without `.git` passes.
pub(super) fn check(root: &Path) -> Result<Vec<String>> {
    if !root.join(".git").exists() {
        return Ok(Vec::new());
    }
    let output = Command::new("git")
        .current_dir(root)
        .args(["ls-files", "--cached"])
        .output()
        .context("git cannot be started")?;
    Ok(problems(&String::from_utf8_lossy(&output.stdout)))
}

/// Returns a problem for each folder of build output in a list of files.
fn problems(files: &str) -> Vec<String> {
    let mut folders: Vec<_> = files
        .lines()
        .filter_map(|file| {
            let end = file.match_indices("target/").find_map(|(start, folder)| {
                let is_whole = start == 0 || file[..start].ends_with('/');
                is_whole.then_some(start + folder.len())
            })?;
            Some(&file[..end])
        })
        .collect();
    folders.dedup();
    folders
        .into_iter()
        .map(|folder| format!("{folder} has build output: add it to .gitignore, and run `git rm -r --cached {folder}`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_build_output_is_a_problem_once() {
        let files = "benches/own/src/main.rs\nbenches/own/target/a.d\nbenches/own/target/release/b.d\ntarget/c\n";
        let problems = problems(files);
        assert_eq!(problems.len(), 2);
        assert!(problems[0].starts_with("benches/own/target/ has build output"));
        assert!(problems[1].starts_with("target/ has"));
    }

    #[test]
    fn other_names_are_no_problem() {
        assert_eq!(
            problems("xtask/src/target.rs\ncrates/core/src/target_levels/mod.rs\nsub-target/a\n"),
            [""; 0]
        );
    }
}
