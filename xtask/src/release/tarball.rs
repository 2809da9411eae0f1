//! [`Tarball`]: a packaged crate, as the registry gets it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use cargo_metadata::Metadata;
use cargo_metadata::semver::Version;
use sha2::{Digest, Sha256};

use crate::{ui, workspace};

/// A `.crate` file.
pub(super) struct Tarball {
    pub(super) name: String,
    pub(super) version: Version,
    pub(super) size: u64,
    /// The SHA-256 of the file.
    pub(super) checksum: [u8; 32],
}

/// How crates are packaged.
#[derive(Clone, Copy)]
pub(super) struct Packaging<'a> {
    pub(super) verify: bool,
    pub(super) allow_dirty: bool,
    pub(super) registry: Option<&'a str>,
}

impl Packaging<'_> {
    /// Packages crates. Each is also built from its tarball, against the tarballs of the others, so a file that is missing
    /// from a package or a version that does not match shows here.
    pub(super) fn package(self, metadata: &Metadata, crates: &[(&str, &Version)]) -> Result<Vec<Tarball>> {
        let mut arguments = vec!["package", "--quiet"];
        for (name, _) in crates {
            arguments.extend(["--package", name]);
        }
        if self.allow_dirty {
            arguments.push("--allow-dirty");
        }
        if !self.verify {
            arguments.push("--no-verify");
        }
        if let Some(registry) = self.registry {
            arguments.extend(["--registry", registry]);
        }
        let about = if self.verify {
            "Packaging and building each crate from its tarball"
        } else {
            "Packaging each crate"
        };
        ui::task(about, || {
            let output = workspace::cargo(&arguments).output()?;
            if !output.status.success() {
                bail!(
                    "`cargo {}` failed:\n{}",
                    arguments.join(" "),
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            Ok(())
        })?;
        let folder = metadata.target_directory.join("package");
        crates
            .iter()
            .map(|(name, version)| Tarball::read(folder.as_std_path(), name, version))
            .collect()
    }
}

impl Tarball {
    fn read(folder: &Path, name: &str, version: &Version) -> Result<Self> {
        let file = folder.join(format!("{name}-{version}.crate"));
        let bytes = std::fs::read(&file).with_context(|| format!("{} is not there", file.display()))?;
        Ok(Self {
            name: name.to_owned(),
            version: version.clone(),
            size: bytes.len() as u64,
            checksum: Sha256::digest(&bytes).into(),
        })
    }
}
