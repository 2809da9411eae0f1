//! Which other crates' types may be in a public API.
//!
//! A type of another crate in a signature ties our major version to that crate's. So each manifest lists the crates:
//!
//! ```toml
//! [package.metadata.external-types]
//! allowed = ["lambda_runtime"]
//! ```
//!
//! A crate's name is that of the library in which the type is defined, which may be behind the crate that we depend on
//! (`tracing_core` behind `tracing`). The standard library and our own crates need no entry; `cargo xtask tidy` checks
//! ours.

use std::collections::BTreeMap;

/// Crates that need no entry.
const FREE: [&str; 4] = ["alloc", "core", "proc_macro", "std"];

/// How many characters of an item are shown.
const ITEM: usize = 160;

/// Returns the crates that a manifest allows.
pub(super) fn allowed(metadata: &serde_json::Value) -> Vec<String> {
    let list = metadata["external-types"]["allowed"].as_array();
    let names = list.into_iter().flatten().filter_map(|name| name.as_str());
    names.map(str::to_owned).collect()
}

/// Compares the crates that are allowed with those that are `used`, each with an item that uses it.
pub(super) fn check(allowed: &[String], used: &BTreeMap<String, String>) -> Vec<String> {
    let used: BTreeMap<_, _> = used.iter().filter(|(name, _)| !is_free(name)).collect();
    let forbidden = used.iter().filter(|(name, _)| !allowed.contains(name));
    let forbidden = forbidden.map(|(name, item)| {
        let item: String = item.chars().take(ITEM).collect();
        format!("`{name}` is in the public API, but not in `allowed` of `[package.metadata.external-types]`: {item}")
    });
    let unused = allowed.iter().filter(|name| !used.contains_key(name));
    let unused = unused.map(|name| {
        format!("`{name}` is in `allowed` of `[package.metadata.external-types]`, but not in the public API: remove it")
    });
    forbidden.chain(unused).collect()
}

fn is_free(name: &str) -> bool {
    FREE.contains(&name) || name == "powertools_lambda" || name.starts_with("powertools_lambda_")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn problems(allowed: &[&str], used: &[&str]) -> Vec<String> {
        let allowed: Vec<_> = allowed.iter().map(|&name| name.to_owned()).collect();
        let used = used.iter().map(|&name| (name.to_owned(), "fn f()".to_owned()));
        check(&allowed, &used.collect())
    }

    #[test]
    fn the_crates_of_a_manifest_are_read() {
        let metadata = json!({ "external-types": { "allowed": ["http", "bytes"] }, "docs": { "rs": {} } });
        assert_eq!(allowed(&metadata), ["http", "bytes"]);
        assert_eq!(allowed(&serde_json::Value::Null), [""; 0]);
    }

    #[test]
    fn a_crate_that_is_allowed_and_used_is_fine() {
        assert_eq!(problems(&["http"], &["http"]), [""; 0]);
    }

    #[test]
    fn a_crate_that_is_used_must_be_allowed() {
        let problems = problems(&["http"], &["bytes", "http"]);
        assert_eq!(problems.len(), 1);
        assert!(problems[0].starts_with("`bytes` is in the public API"), "{problems:?}");
        assert!(problems[0].ends_with(": fn f()"), "{problems:?}");
    }

    #[test]
    fn a_crate_that_is_allowed_must_be_used() {
        let problems = problems(&["bytes", "http"], &["http"]);
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].ends_with("but not in the public API: remove it"),
            "{problems:?}"
        );
    }

    #[test]
    fn the_standard_library_and_our_own_crates_need_no_entry() {
        let ours = ["powertools_lambda", "powertools_lambda_core"];
        assert_eq!(problems(&[], &FREE), [""; 0]);
        assert_eq!(problems(&[], &ours), [""; 0]);
        assert_eq!(problems(&[], &["powertools_lambdas"]).len(), 1);
    }
}
