//! [`Git`]: the repository's tags, files and commits.

use std::path::Path;
use std::process::{Command, Output};

use anyhow::{Context, Result, bail};
use cargo_metadata::semver::Version;

/// The repository that holds the workspace.
pub(super) struct Git<'a> {
    root: &'a Path,
}

impl<'a> Git<'a> {
    pub(super) fn new(root: &'a Path) -> Self {
        Self { root }
    }

    /// Refuses uncommitted changes, so that everything in a release is in the history.
    pub(super) fn check_clean(&self) -> Result<()> {
        let changes = self.run(&["status", "--porcelain"])?;
        if changes.is_empty() {
            return Ok(());
        }
        bail!("the tree has changes that are not committed; commit or stash them:\n{changes}");
    }

    /// Returns the last version of a crate that was released.
    pub(super) fn last_version(&self, name: &str) -> Result<Option<Version>> {
        let tags = self.run(&["tag", "--list", &format!("{name}-v*"), "--merged", "HEAD"])?;
        let prefix = format!("{name}-v");
        Ok(tags
            .lines()
            .filter_map(|tag| tag.strip_prefix(&prefix)?.parse().ok())
            .max())
    }

    /// Returns all versions of a crate that were released, on any branch.
    pub(super) fn versions(&self, name: &str) -> Result<Vec<Version>> {
        let tags = self.run(&["tag", "--list", &format!("{name}-v*")])?;
        let prefix = format!("{name}-v");
        Ok(tags
            .lines()
            .filter_map(|tag| tag.strip_prefix(&prefix)?.parse().ok())
            .collect())
    }

    /// Returns the files below `folder` that differ from those at a tag.
    pub(super) fn changed(&self, tag: &str, folder: &str) -> Result<Vec<String>> {
        let files = self.run(&["diff", "--name-only", tag, "HEAD", "--", folder])?;
        Ok(files.lines().map(str::to_owned).collect())
    }

    /// Returns the text of a file at a tag, or nothing if it was not there.
    pub(super) fn show(&self, tag: &str, file: &str) -> Result<Option<String>> {
        let output = self.output(&["show", &format!("{tag}:{file}")])?;
        Ok(output
            .status
            .success()
            .then(|| String::from_utf8_lossy(&output.stdout).into_owned()))
    }

    /// Returns the files of the repository whose names match one of the patterns.
    pub(super) fn files(&self, patterns: &[&str]) -> Result<Vec<String>> {
        let files = self.run(&[&["ls-files", "--"], patterns].concat())?;
        Ok(files.lines().map(str::to_owned).collect())
    }

    /// Commits the named files.
    pub(super) fn commit(&self, files: &[String], message: &str) -> Result<()> {
        let mut arguments = vec!["commit", "--quiet", "--message", message, "--"];
        arguments.extend(files.iter().map(String::as_str));
        self.run(&arguments).map(drop)
    }

    /// Tags the last commit with the version of a crate.
    pub(super) fn tag(&self, name: &str, version: &Version) -> Result<String> {
        let tag = tag(name, version);
        self.run(&["tag", "--annotate", "--message", &format!("{name} {version}"), &tag])?;
        Ok(tag)
    }

    fn run(&self, arguments: &[&str]) -> Result<String> {
        let output = self.output(arguments)?;
        if !output.status.success() {
            bail!(
                "`git {}` failed:\n{}{}",
                arguments.first().unwrap_or(&""),
                String::from_utf8_lossy(&output.stdout),
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(String::from_utf8(output.stdout)?.trim_end().to_owned())
    }

    fn output(&self, arguments: &[&str]) -> Result<Output> {
        Command::new("git")
            .args(arguments)
            .current_dir(self.root)
            .output()
            .context("git cannot be started")
    }
}

/// Returns the tag of a crate's version.
pub(super) fn tag(name: &str, version: &Version) -> String {
    format!("{name}-v{version}")
}
