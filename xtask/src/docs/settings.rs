//! What a manifest tells docs.rs: `[package.metadata.docs.rs]`.

use std::collections::BTreeMap;

use cargo_metadata::Package;
use serde_json::Value;

/// How docs.rs builds a crate.
#[derive(Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Settings {
    all_features: bool,
    no_default_features: bool,
    features: Vec<String>,
    rustdoc_args: Vec<String>,
}

/// Groups the packages by their settings, since a call of `cargo doc` has one set.
pub(super) fn groups<'a>(packages: &[&'a Package]) -> BTreeMap<Settings, Vec<&'a str>> {
    let mut groups = BTreeMap::<_, Vec<_>>::new();
    for package in packages {
        let settings = Settings::of(&package.metadata["docs"]["rs"], &package.name);
        groups.entry(settings).or_default().push(package.name.as_str());
    }
    groups
}

impl Settings {
    fn of(value: &Value, name: &str) -> Self {
        let is = |key: &str| value[key].as_bool().unwrap_or_default();
        let list = |key: &str| -> Vec<String> {
            let list = value[key].as_array().into_iter().flatten();
            list.filter_map(|text| text.as_str().map(str::to_owned)).collect()
        };
        Self {
            all_features: is("all-features"),
            no_default_features: is("no-default-features"),
            // With its crate's name a feature is of that crate only.
            features: list("features")
                .iter()
                .map(|feature| format!("{name}/{feature}"))
                .collect(),
            rustdoc_args: list("rustdoc-args"),
        }
    }

    /// Returns cargo's arguments.
    pub(super) fn arguments(&self, names: &[&str]) -> Vec<String> {
        let mut arguments: Vec<_> = names.iter().map(|name| format!("--package={name}")).collect();
        if self.all_features {
            arguments.push("--all-features".to_owned());
        }
        if self.no_default_features {
            arguments.push("--no-default-features".to_owned());
        }
        if !self.features.is_empty() {
            arguments.push(format!("--features={}", self.features.join(",")));
        }
        arguments
    }

    /// Returns rustdoc's arguments: the manifest's, and that a warning is an error.
    pub(super) fn flags(&self) -> String {
        let flags = self
            .rustdoc_args
            .iter()
            .map(String::as_str)
            .chain(["--deny", "warnings"]);
        flags.collect::<Vec<_>>().join(" ")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_manifest_decides_how_a_crate_is_built() {
        let settings = Settings::of(
            &json!({ "no-default-features": true, "features": ["x", "y"], "rustdoc-args": ["--cfg", "docsrs"] }),
            "a",
        );
        let expected = ["--package=a", "--no-default-features", "--features=a/x,a/y"];
        assert_eq!(settings.arguments(&["a"]), expected);
        assert_eq!(settings.flags(), "--cfg docsrs --deny warnings");
        let all = Settings::of(&json!({ "all-features": true }), "b");
        assert_eq!(
            all.arguments(&["b", "c"]),
            ["--package=b", "--package=c", "--all-features"]
        );
    }

    #[test]
    fn a_manifest_without_an_entry_means_the_default_features() {
        assert_eq!(Settings::of(&Value::Null, "a"), Settings::default());
        assert_eq!(Settings::default().arguments(&["a"]), ["--package=a"]);
        assert_eq!(Settings::default().flags(), "--deny warnings");
    }
}
