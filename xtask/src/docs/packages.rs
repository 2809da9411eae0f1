//! Packages the published crates and unpacks them as a workspace.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, Result, bail};
use flate2::bufread::GzDecoder;

use crate::workspace;

/// Fills `folder` with what is in the packages of the published crates.
pub(crate) fn unpack(folder: &Path, allow_dirty: bool) -> Result<()> {
    let metadata = workspace::metadata()?;
    let crates = workspace::published(&metadata);
    // Making a lock file for each package would ask the registry, so all packages get the repository's.
    let mut arguments = vec!["package", "--quiet", "--no-verify", "--exclude-lockfile"];
    for package in &crates {
        arguments.extend(["--package", package.name.as_str()]);
    }
    if allow_dirty {
        arguments.push("--allow-dirty");
    }
    let output = workspace::cargo(&arguments).output()?;
    if !output.status.success() {
        bail!(
            "`cargo {}` failed:\n{}",
            arguments.join(" "),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    std::fs::create_dir_all(folder)?;
    let mut members = Vec::new();
    for package in crates {
        let member = format!("{}-{}", package.name, package.version);
        let target = folder.join(&member);
        if target.exists() {
            std::fs::remove_dir_all(&target)?;
        }
        let file = metadata
            .target_directory
            .join("package")
            .join(format!("{member}.crate"));
        let packed = File::open(&file).with_context(|| format!("{file} is not there"))?;
        tar::Archive::new(GzDecoder::new(BufReader::new(packed)))
            .unpack(folder)
            .with_context(|| format!("{file} cannot be unpacked"))?;
        members.push((package.name.to_string(), member));
    }
    std::fs::write(folder.join("Cargo.toml"), manifest(&members))?;
    std::fs::copy(workspace::root().join("Cargo.lock"), folder.join("Cargo.lock"))?;
    Ok(())
}

/// Returns the manifest of a workspace of packages, each with its folder.
fn manifest(members: &[(String, String)]) -> String {
    let folders: Vec<_> = members.iter().map(|(_, folder)| format!("{folder:?}")).collect();
    let patches = members.iter();
    let patches: Vec<_> = patches
        .map(|(name, folder)| format!("{name} = {{ path = {folder:?} }}\n"))
        .collect();
    // The dependencies are shared with the repository's only if they have its profile.
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{}]\n\n[profile.dev]\ndebug = false\n\n[patch.crates-io]\n{}",
        folders.join(", "),
        patches.concat()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_resolve_to_each_other() {
        let members = [("a", "a-0.1.0"), ("b", "b-0.2.0")].map(|(name, folder)| (name.to_owned(), folder.to_owned()));
        let text = manifest(&members);
        assert!(text.contains("members = [\"a-0.1.0\", \"b-0.2.0\"]"), "{text}");
        assert!(
            text.contains("[patch.crates-io]\na = { path = \"a-0.1.0\" }\nb = { path = \"b-0.2.0\" }\n"),
            "{text}"
        );
    }
}
