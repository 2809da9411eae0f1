//! `Toolchain`, which must be the same for counts to be comparable, and [`packages`], which may explain a difference.

use std::collections::{BTreeSet, HashMap};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{DependencyKind, Metadata, PackageId};
use sha2::{Digest, Sha256};

use crate::workspace;

/// The compiler, and the C library whose `malloc` and `memcpy` are counted too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Toolchain {
    pub(crate) compiler: String,
    pub(crate) libc: String,
}

impl Toolchain {
    pub(crate) fn here() -> Result<Self> {
        let compiler = printed(Command::new("rustc").arg("-vV").current_dir(workspace::root()))?;
        // Only glibc's getconf knows it; other systems have no valgrind.
        let libc = printed(Command::new("getconf").arg("GNU_LIBC_VERSION")).unwrap_or_else(|_| "unknown".to_owned());
        Ok(Self {
            compiler: compiler_of(&compiler),
            libc: libc.trim().to_owned(),
        })
    }

    /// Returns the difference, as a reason why counts are not comparable; `None` if they are comparable.
    pub(crate) fn differs_from(&self, taken_with: &Self) -> Option<String> {
        let pairs = [(&self.compiler, &taken_with.compiler), (&self.libc, &taken_with.libc)];
        let differences: Vec<_> = pairs
            .into_iter()
            .filter(|(here, there)| here != there)
            .map(|(here, there)| format!("here {here}, there {there}"))
            .collect();
        (!differences.is_empty()).then(|| differences.join("; "))
    }
}

/// Returns a hash of the versions of a package's dependencies in `Cargo.lock`.
///
/// The whole file is not hashed, because most of it belongs to tools and tests: an update of xtask's dependencies would
/// seem to explain every difference. Our own packages are left out, because the counts measure them.
pub(crate) fn packages(metadata: &Metadata, package: &str) -> Result<String> {
    let root = metadata
        .workspace_packages()
        .into_iter()
        .find(|other| other.name == package);
    let root = root.with_context(|| format!("the workspace has no package {package}"))?;
    let nodes = &metadata.resolve.as_ref().context("cargo resolved nothing")?.nodes;
    let nodes: HashMap<&PackageId, _> = nodes.iter().map(|node| (&node.id, node)).collect();
    let mut found = BTreeSet::from([&root.id]);
    let mut open = vec![&root.id];
    while let Some(id) = open.pop() {
        let Some(node) = nodes.get(id) else { continue };
        for dependency in &node.deps {
            // Cargo resolves the dev-dependencies of every package of the workspace; only those of the bench are built.
            let is_built = |kind| kind != DependencyKind::Development || *id == root.id;
            if dependency.dep_kinds.iter().any(|info| is_built(info.kind)) && found.insert(&dependency.pkg) {
                open.push(&dependency.pkg);
            }
        }
    }
    let locked = metadata.packages.iter().filter(|package| found.contains(&package.id));
    let locked = locked.filter_map(|package| {
        let source = package.source.as_ref()?;
        Some(format!("{} {} {source}\n", package.name, package.version))
    });
    let lines: BTreeSet<_> = locked.collect();
    Ok(hash(&lines.into_iter().collect::<String>()))
}

/// Returns the lines of `rustc -vV` that determine code, as one line.
fn compiler_of(verbose: &str) -> String {
    let value = |key: &str| {
        verbose
            .lines()
            .find_map(|line| line.strip_prefix(key))
            .unwrap_or_default()
    };
    let version = verbose.lines().next().unwrap_or_default();
    format!("{version}, {}, LLVM {}", value("host: "), value("LLVM version: "))
}

fn hash(text: &str) -> String {
    let digest = Sha256::digest(text);
    let start = digest.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    format!("{start:016x}")
}

fn printed(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("{command:?} cannot be started"))?;
    ensure!(output.status.success(), "{command:?} failed ({})", output.status);
    Ok(String::from_utf8(output.stdout)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_compiler_is_its_version_host_and_llvm() {
        let verbose = "rustc 1.95.0 (59807616e 2026-04-14)\nbinary: rustc\ncommit-hash: 59807616e\n\
                       commit-date: 2026-04-14\nhost: x86_64-unknown-linux-gnu\nrelease: 1.95.0\nLLVM version: 22.1.2\n";
        assert_eq!(
            compiler_of(verbose),
            "rustc 1.95.0 (59807616e 2026-04-14), x86_64-unknown-linux-gnu, LLVM 22.1.2"
        );
    }

    #[test]
    fn the_dependencies_of_a_package_do_not_depend_on_other_packages() {
        let metadata = crate::bench::suite::metadata().unwrap();
        let logger = packages(&metadata, "powertools-lambda-logger").unwrap();
        assert_eq!(logger, packages(&metadata, "powertools-lambda-logger").unwrap());
        assert_ne!(logger, packages(&metadata, "benches").unwrap());
        assert!(packages(&metadata, "unknown").is_err());
    }
}
