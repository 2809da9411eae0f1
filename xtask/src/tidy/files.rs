//! Finds the files that a rule reads.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// Folders whose files are not the repository's own.
const NOT_OURS: [&str; 2] = ["target", ".git"];

/// Returns every file below `folder` that has one of the extensions, in order of name.
pub(super) fn files(folder: &Path, extensions: &[&str]) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("{} cannot be read", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            if NOT_OURS.iter().all(|name| !path.ends_with(name)) {
                found.extend(files(&path, extensions)?);
            }
        } else if extensions
            .iter()
            .any(|wanted| path.extension() == Some(wanted.as_ref()))
        {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}
