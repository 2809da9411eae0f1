//! [`Upstream`]: the registry from which cargo is configured to take crates. It is only read.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tame_index::index::{FileLock, IndexLocation, IndexUrl, SparseIndex};
use tame_index::{IndexKrate, KrateName};

use crate::workspace;

pub(super) struct Upstream {
    index: SparseIndex,
    url: String,
    /// The folders with the tarballs that cargo has already.
    caches: Vec<PathBuf>,
}

impl Upstream {
    /// Returns what the configuration that this program was started with says.
    pub(super) fn configured() -> Result<Self> {
        let folder = workspace::root()
            .try_into()
            .context("the workspace's path is not UTF-8")?;
        let location = IndexLocation::new(IndexUrl::crates_io(Some(folder), None, None)?);
        ensure!(
            location.url.is_sparse(),
            "cargo is configured to take crates from {}, and only a sparse index can be passed on",
            location.url.as_str()
        );
        let index = SparseIndex::new(location)?;
        let caches = tame_index::utils::cargo_home()?.join("registry").join("cache");
        let caches = std::fs::read_dir(caches).into_iter().flatten().flatten();
        Ok(Self {
            url: index
                .url()
                .trim_start_matches("sparse+")
                .trim_end_matches('/')
                .to_owned(),
            index,
            caches: caches.map(|entry| entry.path()).collect(),
        })
    }

    /// Returns the address of a crate's file in the index.
    pub(super) fn index_file(&self, path: &[&str], name: &str) -> String {
        [&[self.url.as_str()], path, &[name]].concat().join("/")
    }

    /// Returns the address of a tarball.
    pub(super) fn tarball(&self, name: &str, version: &str) -> Result<String> {
        Ok(self
            .index
            .index_config()?
            .download_url(KrateName::cargo(name)?, version))
    }

    /// Returns a tarball that cargo has already.
    pub(super) fn cached_tarball(&self, name: &str, version: &str) -> Option<Vec<u8>> {
        let file = format!("{name}-{version}.crate");
        self.caches
            .iter()
            .find_map(|folder| std::fs::read(folder.join(&file)).ok())
    }

    /// Returns the lines of a crate in the index, as cargo has them.
    pub(super) fn lines(&self, name: &str) -> Result<Vec<Value>> {
        let lock = FileLock::unlocked();
        let entry = self.index.cached_krate(KrateName::cargo(name)?, &lock)?;
        let of: IndexKrate = entry
            .with_context(|| format!("cargo has not read {name}"))?
            .deserialize()?;
        let mut lines = Vec::new();
        of.write_json_lines(&mut lines)?;
        let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        lines.map(|line| Ok(serde_json::from_slice(line)?)).collect()
    }
}
