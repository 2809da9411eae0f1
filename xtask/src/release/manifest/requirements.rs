//! [`changes`]: the changes of what a crate requires of its users, its `rust-version` and dependencies.

use anyhow::{Context, Result};
use cargo_metadata::semver::Version;
use toml_edit::{DocumentMut, Item, TableLike};

use super::super::bump::{Bump, admits};

/// A difference between two manifests.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::release) struct Change {
    pub(in crate::release) text: String,
    pub(in crate::release) bump: Bump,
}

/// A crate's manifest and that of the workspace, from which it inherits.
pub(in crate::release) struct Manifests {
    of_crate: DocumentMut,
    of_workspace: DocumentMut,
}

impl Manifests {
    pub(in crate::release) fn parse(of_crate: &str, of_workspace: &str) -> Result<Self> {
        Ok(Self {
            of_crate: of_crate.parse().context("a crate's manifest cannot be read")?,
            of_workspace: of_workspace
                .parse()
                .context("the workspace's manifest cannot be read")?,
        })
    }

    /// Returns a key of `[package]`.
    fn key(&self, name: &str) -> Option<String> {
        let item = self.of_crate.get("package")?.get(name)?;
        let inherited = item.get("workspace").is_some();
        let item = if inherited {
            self.of_workspace.get("workspace")?.get("package")?.get(name)?
        } else {
            item
        };
        Some(item.to_string().trim().to_owned())
    }

    /// Returns the dependencies of those who use the crate.
    fn dependencies(&self) -> Vec<Dependency> {
        let targets = self.of_crate.get("target").and_then(Item::as_table_like);
        let tables = targets
            .into_iter()
            .flat_map(TableLike::iter)
            .filter_map(|(_, target)| target.as_table_like())
            .chain([self.of_crate.as_table() as &dyn TableLike]);
        tables
            .flat_map(|table| ["dependencies", "build-dependencies"].map(|name| table.get(name)))
            .flatten()
            .filter_map(Item::as_table_like)
            .flat_map(TableLike::iter)
            .map(|(name, item)| self.dependency(name, item))
            .collect()
    }

    fn dependency(&self, key: &str, item: &Item) -> Dependency {
        let of_workspace = || self.of_workspace.get("workspace")?.get("dependencies")?.get(key);
        let inherited = item.get("workspace").is_some().then(of_workspace).flatten();
        let source = inherited.unwrap_or(item);
        let text = |item: &Item, name: &str| Some(item.get(name)?.as_str()?.to_owned());
        Dependency {
            name: text(source, "package").unwrap_or_else(|| key.to_owned()),
            version: source
                .as_str()
                .map(str::to_owned)
                .or_else(|| text(source, "version"))
                .unwrap_or_default(),
        }
    }

    /// Returns the crates whose types may be in the public API.
    fn exposed(&self) -> Vec<String> {
        let allowed = || {
            let metadata = self.of_crate.get("package")?.get("metadata")?;
            metadata.get("external-types")?.get("allowed")?.as_array()
        };
        allowed()
            .into_iter()
            .flatten()
            .filter_map(|name| name.as_str())
            // serde's traits are defined in a crate that serde re-exports.
            .map(|name| if name == "serde_core" { "serde" } else { name }.to_owned())
            .collect()
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Dependency {
    name: String,
    version: String,
}

/// Compares two manifests. Dependencies on the crates in `ours` are left out: a plan moves them itself.
pub(in crate::release) fn changes(old: &Manifests, new: &Manifests, ours: &[&str]) -> Vec<Change> {
    let mut changes = Vec::new();
    for (key, bump) in [("rust-version", Bump::Minor), ("edition", Bump::Patch)] {
        let (before, after) = (old.key(key), new.key(key));
        if before != after {
            let text = format!(
                "its {key} is {}, was {}",
                after.unwrap_or_default(),
                before.unwrap_or_default()
            );
            changes.push(Change { text, bump });
        }
    }
    let (before, exposed) = (old.dependencies(), new.exposed());
    for dependency in new.dependencies() {
        let name = dependency.name.as_str();
        let Some(earlier) = before.iter().find(|earlier| earlier.name == name) else {
            continue;
        };
        if ours.contains(&name) || *earlier == dependency {
            continue;
        }
        let is_exposed = exposed.iter().any(|of| of.replace('-', "_") == name.replace('-', "_"));
        let is_compatible = match (version(&earlier.version), version(&dependency.version)) {
            (Some(old), Some(new)) => admits(&old, &new),
            _ => false,
        };
        changes.push(Change {
            text: format!("requires {name} {}, was {}", dependency.version, earlier.version),
            bump: if is_exposed && !is_compatible {
                Bump::Breaking
            } else {
                Bump::Patch
            },
        });
    }
    changes
}

/// Reads a requirement such as `1.5` as the lowest version that it admits.
fn version(requirement: &str) -> Option<Version> {
    let mut numbers = requirement.trim_start_matches(['^', '=', '~']).split('.');
    let mut next = |default| numbers.next().map_or(Some(default), |number| number.parse().ok());
    Some(Version::new(next(0)?, next(0)?, next(0)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifests(runtime: &str, itoa: &str, core: &str, rust: &str) -> Manifests {
        let of_crate = format!(
            "[package]\nname = \"a\"\nrust-version.workspace = true\n\
             [package.metadata.external-types]\nallowed = [\"lambda_runtime\", \"serde_core\"]\n\
             [dependencies]\nlambda_runtime.workspace = true\nitoa = \"{itoa}\"\ncore = {{ workspace = true, optional = true }}\n"
        );
        let of_workspace = format!(
            "[workspace.package]\nrust-version = \"{rust}\"\n\
             [workspace.dependencies]\nlambda_runtime = {{ version = \"{runtime}\", features = [\"x\"] }}\ncore = \"{core}\"\n"
        );
        Manifests::parse(&of_crate, &of_workspace).unwrap()
    }

    #[test]
    fn what_users_must_have_decides_the_bump() {
        let old = manifests("1.5.0", "1.0", "0.1.0", "1.88");
        for (new, expected) in [
            (manifests("1.5.0", "1.0", "0.1.0", "1.88"), None),
            (manifests("1.5.0", "1.0", "0.2.0", "1.88"), None),
            (
                manifests("1.6.0", "1.0", "0.1.0", "1.88"),
                Some(("requires lambda_runtime 1.6.0, was 1.5.0", Bump::Patch)),
            ),
            (
                manifests("2.0.0", "1.0", "0.1.0", "1.88"),
                Some(("requires lambda_runtime 2.0.0, was 1.5.0", Bump::Breaking)),
            ),
            (
                manifests("1.5.0", "2.0", "0.1.0", "1.88"),
                Some(("requires itoa 2.0, was 1.0", Bump::Patch)),
            ),
            (
                manifests("1.5.0", "1.0", "0.1.0", "1.90"),
                Some(("its rust-version is \"1.90\", was \"1.88\"", Bump::Minor)),
            ),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(text, bump)| Change {
                    text: text.to_owned(),
                    bump,
                })
                .collect();
            assert_eq!(changes(&old, &new, &["core"]), expected);
        }
    }

    #[test]
    fn a_requirement_is_read_as_its_lowest_version() {
        for (text, expected) in [
            ("1", Some(Version::new(1, 0, 0))),
            ("=0.52.1", Some(Version::new(0, 52, 1))),
            ("1.2", Some(Version::new(1, 2, 0))),
            (">=1, <3", None),
            ("*", None),
        ] {
            assert_eq!(version(text), expected, "{text}");
        }
    }
}
