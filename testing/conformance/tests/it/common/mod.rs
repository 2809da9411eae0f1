//! Replays every recorded case of a utility, except those skipped with a reason.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use conformance::Case;
use serde_json::Value;

/// Returns the cases of a utility with their names, except the skipped ones.
fn cases(utility: &str) -> Vec<(String, Case)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let skipped: BTreeMap<String, String> =
        toml::from_str(&std::fs::read_to_string(root.join("skipped.toml")).unwrap()).unwrap();
    let mut files: Vec<PathBuf> = std::fs::read_dir(root.join(utility))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "no cases of {utility}");
    let name = |file: &PathBuf| format!("{utility}/{}", file.file_stem().unwrap().to_string_lossy());
    files
        .iter()
        .filter(|file| !skipped.contains_key(&name(file)))
        .map(|file| {
            (
                name(file),
                Case::parse(&std::fs::read_to_string(file).unwrap()).unwrap(),
            )
        })
        .collect()
}

/// Replays every case of `utility` and compares it after applying `normal` to both sides.
pub(crate) fn replay_all(utility: &str, normal: impl Fn(&Value) -> Value) {
    let mut wrong = Vec::new();
    for (name, case) in cases(utility) {
        let lines = conformance::replay(utility, &case).unwrap_or_else(|error| panic!("{name}: {error:#}"));
        let lines: Vec<Value> = lines
            .iter()
            .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}: {line}")))
            .collect();
        let (actual, expected) = (normal(&Value::Array(lines)), normal(case.expectation()));
        if actual != expected {
            wrong.push(format!(
                "{name} ({})\n  expected {expected}\n  actual   {actual}",
                case.description
            ));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}
