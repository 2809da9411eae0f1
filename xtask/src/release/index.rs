//! [`Registry`]: which versions a registry has.
//!
//! Cargo asks, with the protocol, certificates, proxies and tokens of its configuration, and keeps the answers below
//! `CARGO_HOME`, where they are read.

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};
use cargo_metadata::semver;
use tame_index::index::{FileLock, IndexLocation, IndexUrl, SparseIndex};
use tame_index::{KrateName, PathBuf};

use crate::workspace;

/// The name that cargo has for the default registry.
const CRATES_IO: &str = "crates-io";

/// A version on a registry.
#[derive(Clone, Debug)]
pub(super) struct Published {
    pub(super) version: semver::Version,
    /// The SHA-256 of the tarball.
    pub(super) checksum: [u8; 32],
    pub(super) yanked: bool,
}

/// A registry with a sparse index.
pub(super) struct Registry {
    name: String,
    index: SparseIndex,
}

impl Registry {
    /// Opens a registry of cargo's configuration, or the one that dependencies come from.
    pub(super) fn open(root: &Path, name: Option<&str>) -> Result<Self> {
        let name = name.unwrap_or(CRATES_IO);
        let folder = PathBuf::try_from(root.to_owned()).context("the workspace's path is not UTF-8")?;
        let url = if name == CRATES_IO {
            IndexUrl::crates_io(Some(folder), None, None)
        } else {
            IndexUrl::for_registry_name(Some(folder), None, name)
        };
        let url = url.with_context(|| {
            format!("the registry {name} is not known; set `[registries.{name}] index` in cargo's configuration")
        })?;
        if !url.is_sparse() {
            bail!("the registry {name} has no sparse index, and no other can be read");
        }
        Ok(Self {
            index: SparseIndex::new(IndexLocation::new(url))?,
            name: name.to_owned(),
        })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Asks for the versions of a crate. The list is empty if the registry does not have the crate.
    pub(super) fn ask(&self, name: &str) -> Result<Vec<Published>> {
        // Cargo answers from its cache without asking.
        let cached = self.index.cache().cache_path(crate_name(name)?);
        if cached.exists() {
            std::fs::remove_file(&cached).with_context(|| format!("{cached} cannot be removed"))?;
        }
        let output = workspace::cargo(&["info", "--quiet", "--registry", &self.name, name]).output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        // Cargo also downloads the crate, which may fail after the index was read.
        if !cached.exists() && !said.contains(&format!("could not find `{name}`")) {
            return Err(
                anyhow!("{}", said.trim()).context(format!("the registry {} cannot be asked for {name}", self.name))
            );
        }
        self.known(name)
    }

    /// Has cargo ask for all that is in `Cargo.lock`.
    pub(super) fn refresh() -> Result<()> {
        let output = workspace::cargo(&["update", "--dry-run", "--quiet"]).output()?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(anyhow!("{}", said.trim()).context("the registry cannot be asked for the dependencies"));
        }
        Ok(())
    }

    /// Returns what cargo has learned of a crate.
    pub(super) fn known(&self, name: &str) -> Result<Vec<Published>> {
        let lock = FileLock::unlocked();
        let entry = self.index.cached_krate(crate_name(name)?, &lock)?;
        let versions = entry.map(|entry| entry.deserialize()).transpose()?;
        let versions = versions.into_iter().flat_map(|of| of.versions);
        versions
            .map(|of| {
                Ok(Published {
                    version: of.version.parse()?,
                    checksum: of.checksum.0,
                    yanked: of.yanked,
                })
            })
            .collect()
    }
}

fn crate_name(name: &str) -> Result<KrateName<'_>> {
    KrateName::cargo(name).with_context(|| format!("{name} is no name of a crate"))
}
