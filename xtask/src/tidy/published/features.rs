//! The table of features in a crate's README, which is written from the `##` comments in its `Cargo.toml`.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use cargo_metadata::Package;

const BEGIN: &str = "<!-- features -->";
const END: &str = "<!-- /features -->";

/// A crate's features, each with the features that it enables.
type Features = BTreeMap<String, Vec<String>>;

/// Writes the tables of the published crates, and returns the READMEs that changed.
pub(crate) fn write(packages: &[&Package]) -> Result<Vec<String>> {
    let mut changed = Vec::new();
    for package in packages.iter().filter(|package| package.publish.is_none()) {
        let manifest = std::fs::read_to_string(&package.manifest_path)?;
        let path = package.manifest_path.with_file_name("README.md");
        let readme = std::fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
        let Some(new) = replaced(&readme, &table(&manifest, &package.features)) else {
            continue;
        };
        if new != readme {
            std::fs::write(&path, new)?;
            changed.push(path.into_string());
        }
    }
    Ok(changed)
}

pub(super) fn check(manifest: &str, features: &Features, readme: &str) -> Vec<String> {
    let table = table(manifest, features);
    let problem = match replaced(readme, &table) {
        None if table.is_empty() => return Vec::new(),
        None => format!("README.md has no `{BEGIN}` and `{END}` with the features between them"),
        Some(new) if new != readme => {
            "README.md: the features are not those of Cargo.toml; `cargo xtask tidy --write` writes them".to_owned()
        }
        Some(_) => return Vec::new(),
    };
    vec![problem]
}

/// Returns the README with `table` between the markers, or `None` if it has no markers.
fn replaced(readme: &str, table: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

/// Returns the table: a row for each feature in the manifest's order, without `default` and private ones such as `_sdk`.
fn table(manifest: &str, features: &Features) -> String {
    let default = on_by_default(features);
    let rows: Vec<_> = documented(manifest)
        .into_iter()
        .map(|(name, text)| {
            let mark = if default.contains(name) { " (default)" } else { "" };
            format!("| `{name}`{mark} | {} |\n", text.replace('|', "\\|"))
        })
        .collect();
    if rows.is_empty() {
        return String::new();
    }
    format!("| feature | what it adds |\n|---|---|\n{}", rows.concat())
}

/// Returns the features that `default` enables, directly or indirectly.
fn on_by_default(features: &Features) -> BTreeSet<&str> {
    let mut on = BTreeSet::new();
    let mut open = vec!["default"];
    while let Some(name) = open.pop() {
        if let Some((name, others)) = features.get_key_value(name)
            && on.insert(name.as_str())
        {
            open.extend(others.iter().map(String::as_str));
        }
    }
    on
}

/// Returns each feature with the `##` lines above it joined, in the manifest's order.
fn documented(manifest: &str) -> Vec<(&str, String)> {
    let (_, rest) = manifest.split_once("\n[features]\n").unwrap_or_default();
    let section = rest.split("\n[").next().unwrap_or_default();
    let mut found = Vec::new();
    let mut comment = Vec::new();
    for line in section.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            comment.push(text.trim());
            continue;
        }
        let name = line.split_once(" = ").map(|(name, _)| name.trim_matches('"'));
        if let Some(name) = name.filter(|name| !name.starts_with([' ', '#', '_']) && *name != "default") {
            found.push((name, comment.join(" ")));
        }
        comment.clear();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANIFEST: &str = "[package]\nname = \"a\"\n\n[features]\ndefault = [\"b\"]\n## Does `b`,\n## or a | c.\nb = [\"c\"]\n\
                            ## Does c.\nc = [\n    \"dep:x\",\n]\n## Does d.\nd = []\n\
                            ## For b and c.\n_e = []\n\n[dependencies]\nx = \"1\"\n";

    const TABLE: &str = "| feature | what it adds |\n|---|---|\n| `b` (default) | Does `b`, or a \\| c. |\n\
                         | `c` (default) | Does c. |\n| `d` | Does d. |\n";

    fn features() -> Features {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let features: [(&str, &[&str]); 4] = [("default", &["b"]), ("b", &["c"]), ("c", &["dep:x"]), ("d", &[])];
        features.map(|(name, others)| (name.to_owned(), names(others))).into()
    }

    #[test]
    fn a_row_is_a_feature_with_its_comment() {
        assert_eq!(table(MANIFEST, &features()), TABLE);
        assert_eq!(table("[package]\n", &Features::new()), "");
    }

    #[test]
    fn only_what_is_between_the_markers_is_replaced() {
        let old = format!("# A\n\n{BEGIN}\nold\n{END}\n\nThe end.\n");
        let new = replaced(&old, TABLE).unwrap();
        assert_eq!(new, format!("# A\n\n{BEGIN}\n\n{TABLE}\n{END}\n\nThe end.\n"));
        assert_eq!(replaced(&new, TABLE).as_deref(), Some(new.as_str()), "written twice");
        assert_eq!(replaced("# A\n", TABLE), None);
    }

    #[test]
    fn a_readme_without_its_features_is_a_problem() {
        let good = replaced(&format!("# A\n{BEGIN}{END}\n"), TABLE).unwrap();
        assert_eq!(check(MANIFEST, &features(), &good), [""; 0]);
        assert_eq!(
            check(MANIFEST, &features(), &good.replace("Does d.", "Does e.")).len(),
            1
        );
        assert_eq!(check(MANIFEST, &features(), &good.replace(" (default)", "")).len(), 1);
        assert_eq!(check(MANIFEST, &features(), "# A\n").len(), 1, "without markers");
        assert_eq!(
            check("[package]\n", &Features::new(), "# A\n"),
            [""; 0],
            "without features"
        );
    }
}
