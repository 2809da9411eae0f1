//! Reads the public API of a crate from rustdoc's JSON.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

/// The format that `public-api` reads, as of Rust 1.95 (`FORMAT_VERSION` of the `rustdoc-types` that it depends on).
const FORMAT: u64 = 57;

/// The public API of a crate.
pub(super) struct Surface {
    /// One item on each line. Implementations for all types, auto traits and derives are left out.
    pub(super) lines: Vec<String>,
    /// The crates that the types in the items are from, each with the first such item. Derives count.
    pub(super) external: BTreeMap<String, String>,
}

impl Surface {
    /// Reads a file, or returns `None` if it has another format.
    pub(super) fn read(file: &Path) -> Result<Option<Self>> {
        let text = std::fs::read(file).with_context(|| {
            let folder = file.parent().unwrap_or(file).display();
            format!(
                "{} cannot be read; if {folder} is deleted, the next run writes it",
                file.display()
            )
        })?;
        let json: Value = serde_json::from_slice(&text).with_context(|| format!("{} is not JSON", file.display()))?;
        if json["format_version"] != FORMAT {
            return Ok(None);
        }
        let lines = items(file, true)?.into_iter().map(|(_, line)| line);
        Ok(Some(Self {
            lines: lines.collect(),
            external: external(&json, &items(file, false)?),
        }))
    }
}

/// Returns the items with their ids.
fn items(file: &Path, without_derives: bool) -> Result<Vec<(u32, String)>> {
    let api = public_api::Builder::from_rustdoc_json(file)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true)
        .omit_auto_derived_impls(without_derives)
        .build()
        .with_context(|| format!("{} cannot be read", file.display()))?;
    Ok(api.items().map(|item| (item.id().0, item.to_string())).collect())
}

/// Returns the crates that the items' types are from.
fn external(json: &Value, items: &[(u32, String)]) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (id, line) in items {
        let mut ids = Vec::new();
        paths(&json["index"][id.to_string()]["inner"], &mut ids);
        let names = ids.into_iter().filter_map(|id| {
            let summary = &json["paths"][id.to_string()];
            // A macro that a crate exports has items that nobody can name.
            let mut path = summary["path"].as_array().into_iter().flatten();
            if path.any(|part| part.as_str().is_some_and(|part| part.starts_with("__"))) {
                return None;
            }
            let of = summary["crate_id"].as_u64().filter(|&of| of != 0)?;
            json["external_crates"][of.to_string()]["name"].as_str()
        });
        for name in names {
            found.entry(name.to_owned()).or_insert_with(|| line.clone());
        }
    }
    found
}

/// Collects the ids of all types and traits in a value. In this format, each is an object with its path and its id; a re-export
/// is an object with its source and its id.
fn paths(value: &Value, ids: &mut Vec<u64>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("path") || fields.contains_key("source") {
                ids.extend(fields.get("id").and_then(Value::as_u64));
            }
            for field in fields.values() {
                paths(field, ids);
            }
        }
        Value::Array(values) => {
            for value in values {
                paths(value, ids);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn used(inner: &Value) -> Vec<String> {
        let json = json!({
            "index": { "1": { "inner": inner, "links": { "path": { "path": "x", "id": 8 } } } },
            "paths": { "6": { "crate_id": 30, "path": ["bytes", "__private", "T"] }, "7": { "crate_id": 0 }, "8": { "crate_id": 20 }, "9": { "crate_id": 30 } },
            "external_crates": { "20": { "name": "http" }, "30": { "name": "bytes" } },
        });
        external(&json, &[(1, "pub fn f()".to_owned())]).into_keys().collect()
    }

    fn path(id: u64, args: &Value) -> Value {
        json!({ "resolved_path": { "path": "T", "id": id, "args": args } })
    }

    #[test]
    fn types_are_found_at_any_depth() {
        let nested = path(
            7,
            &json!({ "angle_bracketed": { "args": [{ "type": path(9, &Value::Null) }] } }),
        );
        let function = json!({ "function": { "sig": { "inputs": [["a", path(8, &Value::Null)]], "output": nested } } });
        assert_eq!(used(&function), ["bytes", "http"]);
        let bounds = json!({ "generics": { "params": [{ "kind": { "type": { "bounds": [
            { "trait_bound": { "trait": { "path": "B", "id": 8 } } }
        ] } } }] } });
        assert_eq!(used(&bounds), ["http"]);
    }

    #[test]
    fn a_re_export_is_found() {
        assert_eq!(
            used(&json!({ "use": { "source": "bytes::Bytes", "name": "Bytes", "id": 9 } })),
            ["bytes"]
        );
    }

    #[test]
    fn our_own_types_and_the_links_of_documentation_are_not() {
        assert_eq!(used(&path(7, &Value::Null)), [""; 0]);
    }

    #[test]
    fn what_a_macro_hides_is_not() {
        assert_eq!(used(&path(6, &Value::Null)), [""; 0]);
    }
}
