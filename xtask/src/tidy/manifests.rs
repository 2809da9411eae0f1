//! Checks every `Cargo.toml`; `published` has the checks for published crates.

use anyhow::Result;
use cargo_metadata::Package;

pub(super) fn check(packages: &[&Package]) -> Result<Vec<String>> {
    let mut problems = Vec::new();
    for package in packages {
        let text = std::fs::read_to_string(&package.manifest_path)?;
        let published = package.publish.is_none();
        let found = check_one(&text, published);
        problems.extend(found.into_iter().map(|problem| format!("{}: {problem}", package.name)));
    }
    Ok(problems)
}

fn check_one(text: &str, published: bool) -> Vec<String> {
    let mut problems = Vec::new();
    for key in [
        "edition.workspace = true",
        "license.workspace = true",
        "[lints]\nworkspace = true",
    ] {
        if !text.contains(key) {
            problems.push(format!("the manifest lacks `{}`", key.replace('\n', " ")));
        }
    }
    if !text.contains("\ndescription = ") {
        problems.push("the manifest has no description".to_owned());
    }
    // A published crate has the lowest version that it and its dependencies compile with (`published/rust_version.rs`).
    let has_own_version = published && text.contains("\nrust-version = \"");
    if !has_own_version && !text.contains("\nrust-version.workspace = true\n") {
        problems.push("the manifest lacks `rust-version.workspace = true`".to_owned());
    }
    if published {
        problems.extend(
            undocumented_features(text).map(|feature| format!("feature `{feature}` has no `##` comment above it")),
        );
    } else if !text.contains("version = \"0.0.0\"") {
        problems.push("a crate that is not published has the version 0.0.0".to_owned());
    }
    problems
}

/// Returns the features without a `## …` line above, except `default`.
fn undocumented_features(text: &str) -> impl Iterator<Item = &str> {
    let section = text
        .split_once("\n[features]\n")
        .map_or("", |(_, rest)| rest.split("\n[").next().unwrap_or_default());
    let lines: Vec<_> = std::iter::once("").chain(section.lines()).collect();
    let undocumented = lines.windows(2).map(|pair| (pair[0], pair[1])).collect::<Vec<_>>();
    undocumented.into_iter().filter_map(|(above, line)| {
        let (name, _) = line.split_once(" = ").filter(|_| !line.starts_with([' ', '#']))?;
        (name != "default" && !above.starts_with("##")).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"a\"\ndescription = \"x\"\nedition.workspace = true\nrust-version.workspace = true\n\
                        license.workspace = true\n\n[lints]\nworkspace = true\n\n[features]\ndefault = []\n## Does b.\nb = []\n";

    #[test]
    fn a_good_manifest_has_no_problem() {
        assert_eq!(check_one(GOOD, true), [""; 0]);
        let own_version = GOOD.replace("rust-version.workspace = true", "rust-version = \"1.85.0\"");
        assert_eq!(check_one(&own_version, true), [""; 0]);
        let tool = own_version.replace("name", "version = \"0.0.0\"\nname");
        assert_eq!(
            check_one(&tool, false).len(),
            1,
            "a tool has the workspace's version of Rust"
        );
    }

    #[test]
    fn each_rule_can_be_broken() {
        for line in [
            "edition.workspace = true\n",
            "rust-version.workspace = true\n",
            "license.workspace = true\n",
            "[lints]\nworkspace = true\n",
            "description = \"x\"\n",
            "## Does b.\n",
        ] {
            assert_eq!(check_one(&GOOD.replace(line, ""), true).len(), 1, "without {line:?}");
        }
        assert_eq!(check_one(GOOD, false).len(), 1, "not published, but with a version");
    }
}
