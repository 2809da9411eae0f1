//! [`prepare`]: the commit with the versions of a release.

use std::path::Path;

use anyhow::{Context, Result, bail};
use cargo_metadata::Metadata;
use cargo_metadata::semver::Version;

use super::changelog::Changelog;
use super::facts::folder;
use super::git::Git;
use super::manifest::edit;
use super::plan::{Plan, Step};
use crate::workspace;

/// The files that tell their readers which version to require.
const SHOWING: [&str; 2] = ["*.md", "templates/*Cargo.toml"];

/// A published crate, with the version that it has after the commit.
struct Current {
    name: String,
    folder: String,
    version: Version,
    is_released: bool,
}

/// Writes versions, changelogs, requirements and the lock file, and commits them. On an error the tree is as it was.
pub(super) fn prepare(root: &Path, metadata: &Metadata, plan: &Plan, git: &Git<'_>) -> Result<()> {
    let steps = plan.unprepared();
    let mut edits = Edits::of(root);
    for step in &steps {
        let manifest = format!("{}/Cargo.toml", step.folder);
        edits.edit(&manifest, |text| edit::set_version(text, &step.to))?;
        edits.edit("Cargo.toml", |text| edit::set_requirement(text, &step.name, &step.to))?;
        edits.edit(&format!("{}/CHANGELOG.md", step.folder), |text| released(text, step))?;
    }
    let crates = current(root, metadata, plan)?;
    for document in git
        .files(&SHOWING)?
        .iter()
        .filter(|document| may_change(document, &crates))
    {
        edits.edit(document, |text| {
            crates.iter().try_fold(text.to_owned(), |text, of| {
                edit::move_shown_requirement(&text, &of.name, &of.version)
            })
        })?;
    }
    edits.let_change("Cargo.lock")?;
    let output = workspace::cargo(&["update", "--workspace", "--quiet"]).output()?;
    if !output.status.success() {
        bail!(
            "Cargo.lock cannot be brought to the new versions:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    git.commit(&edits.changed(), &message(&steps))?;
    edits.keep();
    Ok(())
}

fn current(root: &Path, metadata: &Metadata, plan: &Plan) -> Result<Vec<Current>> {
    let crates = workspace::published(metadata).into_iter();
    let current = |package: &cargo_metadata::Package| {
        let step = plan.steps.iter().find(|step| step.name == package.name.as_str());
        Ok(Current {
            name: package.name.to_string(),
            folder: folder(root, package)?,
            version: step.map_or_else(|| package.version.clone(), |step| step.to.clone()),
            is_released: step.is_some(),
        })
    };
    crates.map(current).collect()
}

/// Returns whether the requirements in a document are updated. The documents of a crate that is not released wait for its next
/// release, because the crate would otherwise have changed since its last one.
fn may_change(document: &str, crates: &[Current]) -> bool {
    let is_in = |of: &&Current| Path::new(document).starts_with(&of.folder);
    !document.ends_with("CHANGELOG.md") && crates.iter().find(is_in).is_none_or(|of| of.is_released)
}

fn released(text: &str, step: &Step) -> Result<String> {
    let mut changelog = Changelog::parse(text)?;
    if !step.pulled_by.is_empty() {
        changelog.add("Changed", &format!("Requires {}.", step.pulled_by.join(", ")));
    }
    let now = jiff::Timestamp::try_from(std::time::SystemTime::now())?;
    let today = jiff::tz::Offset::UTC.to_datetime(now).date();
    changelog.release(&step.to, &today.to_string());
    Ok(changelog.text())
}

fn message(steps: &[&Step]) -> String {
    let versions: Vec<_> = steps.iter().map(|step| format!("{} {}", step.name, step.to)).collect();
    match versions.as_slice() {
        [one] => format!("Release {one}"),
        several => format!("Release {} crates\n\n{}", several.len(), several.join("\n")),
    }
}

/// Files that get their old text back on drop.
struct Edits<'a> {
    root: &'a Path,
    old: Vec<(String, String)>,
}

impl<'a> Edits<'a> {
    fn of(root: &'a Path) -> Self {
        Self { root, old: Vec::new() }
    }

    fn edit(&mut self, file: &str, edit: impl FnOnce(&str) -> Result<String>) -> Result<()> {
        let old = self.read(file)?;
        let new = edit(&old).with_context(|| file.to_owned())?;
        if new != old {
            self.remember(file, old);
            std::fs::write(self.root.join(file), new).with_context(|| format!("{file} cannot be written"))?;
        }
        Ok(())
    }

    /// Remembers a file that other code changes.
    fn let_change(&mut self, file: &str) -> Result<()> {
        let old = self.read(file)?;
        self.remember(file, old);
        Ok(())
    }

    fn changed(&self) -> Vec<String> {
        self.old.iter().map(|(file, _)| file.clone()).collect()
    }

    fn keep(mut self) {
        self.old.clear();
    }

    fn read(&self, file: &str) -> Result<String> {
        std::fs::read_to_string(self.root.join(file)).with_context(|| format!("{file} cannot be read"))
    }

    fn remember(&mut self, file: &str, old: String) {
        if !self.old.iter().any(|(name, _)| name == file) {
            self.old.push((file.to_owned(), old));
        }
    }
}

impl Drop for Edits<'_> {
    fn drop(&mut self) {
        for (file, text) in &self.old {
            if let Err(error) = std::fs::write(self.root.join(file), text) {
                eprintln!("{file} does not have its old text back, use `git restore {file}`: {error}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::bump::Bump;
    use super::*;

    fn step(name: &str, pulled_by: &[&str]) -> Step {
        Step {
            name: name.to_owned(),
            folder: format!("crates/{name}"),
            from: Some(Version::new(0, 1, 0)),
            to: Version::new(0, 2, 0),
            bump: Some(Bump::Breaking),
            prepared: false,
            reasons: Vec::new(),
            pulled_by: pulled_by.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    #[test]
    fn a_crate_that_is_pulled_along_names_the_cause() {
        let text = "# Changelog\n\n## [Unreleased]\n\n## [0.1.0] - 2026-01-02\n";
        let text = released(text, &step("logger", &["core 0.2.0"])).unwrap();
        assert!(text.contains("## [0.2.0] - 20"), "{text}");
        assert!(
            text.contains("\n### Changed\n\n* Requires core 0.2.0.\n\n## [0.1.0]"),
            "{text}"
        );
    }

    #[test]
    fn only_documents_of_released_crates_and_of_none_change() {
        let current = |name: &str, is_released| Current {
            name: name.to_owned(),
            folder: format!("crates/{name}"),
            version: Version::new(0, 2, 0),
            is_released,
        };
        let crates = [current("batch", false), current("batch-more", true)];
        for (document, expected) in [
            ("README.md", true),
            ("docs/site/start.md", true),
            ("templates/plain/Cargo.toml", true),
            ("crates/batch/docs/guide.md", false),
            ("crates/batch-more/README.md", true),
            ("crates/batch-more/CHANGELOG.md", false),
        ] {
            assert_eq!(may_change(document, &crates), expected, "{document}");
        }
    }

    #[test]
    fn the_message_names_what_is_released() {
        assert_eq!(message(&[&step("core", &[])]), "Release core 0.2.0");
        let two = message(&[&step("core", &[]), &step("logger", &[])]);
        assert_eq!(two, "Release 2 crates\n\ncore 0.2.0\nlogger 0.2.0");
    }

    #[test]
    fn edits_are_undone_unless_they_are_kept() {
        let folder = std::env::temp_dir().join(format!("release-edits-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let read = || std::fs::read_to_string(folder.join("a")).unwrap();
        std::fs::write(folder.join("a"), "old").unwrap();
        let mut edits = Edits::of(&folder);
        edits.edit("a", |_| Ok("newer".to_owned())).unwrap();
        edits.edit("a", |_| Ok("newest".to_owned())).unwrap();
        assert!(edits.edit("a", |_| bail!("no")).is_err());
        assert_eq!((read().as_str(), edits.changed()), ("newest", vec!["a".to_owned()]));
        drop(edits);
        assert_eq!(read(), "old");
        let mut edits = Edits::of(&folder);
        edits.edit("a", |_| Ok("new".to_owned())).unwrap();
        edits.keep();
        assert_eq!(read(), "new");
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
