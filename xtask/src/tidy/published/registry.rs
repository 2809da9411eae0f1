//! Checks the metadata that crates.io and docs.rs show of a crate.

use cargo_metadata::Package;
use serde_json::json;

/// The crates.io categories that fit our crates; crates.io rejects unknown categories.
const CATEGORIES: [&str; 15] = [
    "api-bindings",
    "asynchronous",
    "authentication",
    "caching",
    "concurrency",
    "config",
    "data-structures",
    "development-tools",
    "development-tools::debugging",
    "development-tools::profiling",
    "development-tools::testing",
    "encoding",
    "network-programming",
    "web-programming",
    "web-programming::http-server",
];

/// The maximum number of keywords, of categories, and of characters in a keyword that crates.io accepts.
const MAX_KEYWORDS: usize = 5;
const MAX_CATEGORIES: usize = 5;
const MAX_KEYWORD: usize = 20;

/// The maximum length of a description in the lists of crates.io.
const MAX_DESCRIPTION: usize = 130;

pub(super) fn check(package: &Package, manifest: &str) -> Vec<String> {
    let mut problems = Vec::new();
    let mut expect = |holds: bool, problem: String| {
        if !holds {
            problems.push(problem);
        }
    };
    expect(
        package.description.as_deref().is_some_and(is_sentence),
        format!("the description is one sentence with a period, of {MAX_DESCRIPTION} characters at most"),
    );
    let documentation = format!("https://docs.rs/{}", package.name);
    expect(
        package.documentation.as_ref() == Some(&documentation),
        format!("the manifest lacks `documentation = \"{documentation}\"`"),
    );
    expect(
        manifest.contains("\nrepository.workspace = true\n"),
        "the manifest lacks `repository.workspace = true`".to_owned(),
    );
    expect(
        (1..=MAX_KEYWORDS).contains(&package.keywords.len()) && package.keywords.iter().all(|word| is_keyword(word)),
        format!("`keywords` are 1 to {MAX_KEYWORDS} words of letters, digits and `-`, `_`, `+`"),
    );
    expect(
        (1..=MAX_CATEGORIES).contains(&package.categories.len()),
        format!("`categories` are 1 to {MAX_CATEGORIES}"),
    );
    for category in &package.categories {
        expect(
            CATEGORIES.contains(&category.as_str()),
            format!("the category `{category}` is not in tidy's list of those of crates.io"),
        );
    }
    expect(
        package.metadata["docs"]["rs"] == json!({"all-features": true, "rustdoc-args": ["--cfg", "docsrs"]}),
        "[package.metadata.docs.rs] has `all-features = true` and `rustdoc-args = [\"--cfg\", \"docsrs\"]`".to_owned(),
    );
    problems
}

fn is_sentence(text: &str) -> bool {
    text.ends_with('.') && !text.contains(". ") && !text.contains('\n') && text.chars().count() <= MAX_DESCRIPTION
}

fn is_keyword(word: &str) -> bool {
    word.len() <= MAX_KEYWORD
        && word.starts_with(|first: char| first.is_ascii_alphanumeric())
        && word
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "-_+".contains(letter))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const MANIFEST: &str = "[package]\nrepository.workspace = true\n";

    /// Returns a package without a problem, with `change` made to it.
    fn package(change: impl FnOnce(&mut Value)) -> Package {
        let mut value = json!({
            "name": "powertools-lambda-new", "version": "0.1.0", "id": "new", "dependencies": [], "targets": [],
            "features": {}, "manifest_path": "/new/Cargo.toml", "description": "Does something new.",
            "documentation": "https://docs.rs/powertools-lambda-new", "keywords": ["aws"], "categories": ["config"],
            "metadata": {"docs": {"rs": {"all-features": true, "rustdoc-args": ["--cfg", "docsrs"]}}},
        });
        change(&mut value);
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_good_package_has_no_problem() {
        assert_eq!(check(&package(|_| {}), MANIFEST), [""; 0]);
    }

    #[test]
    fn each_rule_can_be_broken() {
        let bad: [(&str, Value); 13] = [
            ("description", Value::Null),
            ("description", json!("No period")),
            ("description", json!("One sentence. And another.")),
            ("documentation", Value::Null),
            ("documentation", json!("https://docs.rs/powertools-lambda")),
            ("keywords", json!([])),
            ("keywords", json!(["a", "b", "c", "d", "e", "f"])),
            ("keywords", json!(["two words"])),
            ("keywords", json!(["longer-than-twenty-letters"])),
            ("categories", json!([])),
            ("categories", json!(["observability"])),
            ("metadata", Value::Null),
            ("metadata", json!({"docs": {"rs": {"all-features": true}}})),
        ];
        for (key, value) in bad {
            let package = package(|package| package[key] = value.clone());
            assert_eq!(check(&package, MANIFEST).len(), 1, "{key}: {value}");
        }
        assert_eq!(check(&package(|_| {}), "[package]\n").len(), 1, "without a repository");
    }
}
