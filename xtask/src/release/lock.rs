//! [`Lock`]: the versions in `Cargo.lock` with which a crate was built and tested.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use toml_edit::{DocumentMut, Table};

/// A package of the lock file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Locked {
    pub(super) name: String,
    pub(super) version: String,
}

/// The text of a `Cargo.lock`.
pub(super) struct Lock(Vec<Package>);

struct Package {
    locked: Locked,
    is_from_registry: bool,
    /// Each a name, or a name and a version if there are several.
    needs: Vec<String>,
}

impl Lock {
    pub(super) fn parse(text: &str) -> Result<Self> {
        let document: DocumentMut = text.parse().context("Cargo.lock cannot be read")?;
        let packages = document.get("package").and_then(|item| item.as_array_of_tables());
        let packages = packages.context("Cargo.lock has no packages")?;
        Ok(Self(packages.iter().filter_map(package).collect()))
    }

    /// Returns the packages of registries that `name` needs, itself or through others. Its own dependencies are passed as
    /// `needs`, because the file does not distinguish them from those of its tests.
    pub(super) fn closure(&self, name: &str, needs: &BTreeSet<String>) -> BTreeSet<Locked> {
        let mut found = BTreeSet::new();
        let root = self.0.iter().find(|package| package.locked.name == name);
        let of_root = root.into_iter().flat_map(|package| &package.needs);
        let mut open: Vec<&str> = of_root
            .filter(|need| needs.contains(need.split(' ').next().unwrap_or_default()))
            .map(String::as_str)
            .collect();
        while let Some(need) = open.pop() {
            let Some(package) = self.find(need).filter(|package| package.is_from_registry) else {
                continue;
            };
            if found.insert(package.locked.clone()) {
                open.extend(package.needs.iter().map(String::as_str));
            }
        }
        found
    }

    fn find(&self, need: &str) -> Option<&Package> {
        let mut words = need.split(' ');
        let (name, version) = (words.next()?, words.next());
        self.0.iter().find(|package| {
            package.locked.name == name && version.is_none_or(|version| package.locked.version == version)
        })
    }
}

fn package(table: &Table) -> Option<Package> {
    let text = |name| table.get(name).and_then(|item| item.as_str()).map(str::to_owned);
    let needs = table.get("dependencies").and_then(|item| item.as_array());
    Some(Package {
        locked: Locked {
            name: text("name")?,
            version: text("version")?,
        },
        is_from_registry: text("source")
            .is_some_and(|source| source.contains("registry+") || source.contains("sparse+")),
        needs: needs
            .into_iter()
            .flatten()
            .filter_map(|need| need.as_str().map(str::to_owned))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_that_a_crate_needs_are_found_through_others() {
        let package = |name: &str, version: &str, source: &str, needs: &str| {
            format!("[[package]]\nname = \"{name}\"\nversion = \"{version}\"\n{source}dependencies = [{needs}]\n\n")
        };
        let registry = "source = \"registry+https://example.com/index\"\n";
        let text = [
            package("logger", "0.1.0", "", "\"core\", \"itoa 2.0.0\", \"proptest\""),
            package("core", "0.1.0", "", "\"bytes\""),
            package("itoa", "1.0.0", registry, ""),
            package("itoa", "2.0.0", registry, "\"memchr\""),
            package("memchr", "2.8.3", registry, "\"itoa 2.0.0\""),
            package("proptest", "1.0.0", registry, ""),
            package("bytes", "1.0.0", registry, ""),
        ]
        .concat();
        let needs = BTreeSet::from(["core".to_owned(), "itoa".to_owned()]);
        let found = Lock::parse(&text).unwrap().closure("logger", &needs);
        let found: Vec<_> = found.iter().map(|of| format!("{} {}", of.name, of.version)).collect();
        // The dependencies of `core` count for core, and those of tests for no crate.
        assert_eq!(found, ["itoa 2.0.0", "memchr 2.8.3"]);
    }
}
