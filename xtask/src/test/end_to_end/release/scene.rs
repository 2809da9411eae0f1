//! [`Scene`]: a copy of this repository, and a cargo that takes crates from the test's registry.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, bail, ensure};
use cargo_metadata::Package;
use cargo_metadata::semver::Version;

use super::registry::{Registry, TOKEN};
use super::traffic::Traffic;
use crate::workspace;

pub(super) const CORE: &str = "powertools-lambda-core";
pub(super) const LOGGER: &str = "powertools-lambda-logger";

/// Leaves out the plan's slow part, whose program would have to be installed first.
pub(super) const FAST: &str = "--skip-semver-checks";

/// The name that the configuration has for the registry.
const NAME: &str = "local";

pub(super) struct Scene {
    folder: PathBuf,
    pub(super) registry: Registry,
    traffic: Traffic,
}

impl Scene {
    /// Makes a repository from the files of this one, with one commit and no tags, below `target/release-test`.
    pub(super) fn set_up() -> Result<Self> {
        let folder = workspace::target()?.join("release-test");
        std::fs::create_dir_all(folder.join(".cargo"))?;
        let registry = Registry::start(&folder)?;
        let traffic = Traffic::record(&folder)?;
        let scene = Self {
            folder,
            registry,
            traffic,
        };
        // The configuration closest to a package wins, so it replaces the setting of a mirror of crates.io, if there is one.
        let index = scene.registry.index();
        let configuration = format!(
            "[source.crates-io]\nreplace-with = \"of-the-test\"\n\n[source.of-the-test]\nregistry = \"{index}\"\n\n\
             [registries.{NAME}]\nindex = \"{index}\"\n\n[net]\nretry = 0\n"
        );
        std::fs::write(scene.folder.join(".cargo/config.toml"), configuration)?;
        scene.copy_settings()?;
        scene.forget_crates()?;
        scene.copy_repository()?;
        Ok(scene)
    }

    pub(super) fn repository(&self) -> PathBuf {
        self.folder.join("repository")
    }

    /// Returns the target folder of everything in the scene.
    pub(super) fn target(&self) -> PathBuf {
        self.folder.join("target")
    }

    /// Runs `cargo xtask release` in the repository, and returns what it printed.
    pub(super) fn release(&self, arguments: &[&str]) -> Result<String> {
        let output = self.try_release(arguments)?;
        ensure!(
            output.status.success(),
            "`release {}` failed:\n{}",
            arguments.join(" "),
            both(&output)
        );
        Ok(both(&output))
    }

    /// Publishes every crate as a first release does, without building them from their tarballs.
    pub(super) fn publish_all(&self) -> Result<()> {
        self.name_repository()?;
        self.release(&["prepare", FAST])?;
        self.release(&["--execute", "--no-verify", FAST]).map(drop)
    }

    /// Sets the address of the repository, as a maintainer does once.
    pub(super) fn name_repository(&self) -> Result<()> {
        self.set_repository("https://example.com/powertools")?;
        self.commit("Name the repository")
    }

    /// Sets the address of the repository, without a commit.
    pub(super) fn set_repository(&self, url: &str) -> Result<()> {
        let path = self.repository().join("Cargo.toml");
        let line = regex::Regex::new("(?m)^repository = \"[^\"]*\"$")?;
        let old = std::fs::read_to_string(&path)?;
        ensure!(
            line.is_match(&old),
            "the root's Cargo.toml has no line `repository = \"…\"`"
        );
        let new = line.replace(&old, format!("repository = \"{url}\""));
        Ok(std::fs::write(path, new.as_ref())?)
    }

    /// Checks that writes went only to the test's registry.
    pub(super) fn check_only_reads_left(&self) -> Result<()> {
        self.registry.check_only_reads_passed()?;
        self.traffic
            .check_only_reads_left(self.registry.address(), self.registry.publications())
    }

    /// Expects `cargo xtask release` to fail with each of `texts`, and to leave repository and registry as they were.
    pub(super) fn expect_refusal(&self, arguments: &[&str], texts: &[&str]) -> Result<()> {
        let state = || -> Result<String> {
            let state = ["status --porcelain", "diff", "rev-parse HEAD", "tag", "stash list"];
            let state = state.map(|command| self.git(&command.split(' ').collect::<Vec<_>>()));
            Ok(state.into_iter().collect::<Result<Vec<_>>>()?.concat())
        };
        let before = state()?;
        let output = self.try_release(arguments)?;
        let said = both(&output);
        ensure!(
            !output.status.success(),
            "`release {}` is not refused:\n{said}",
            arguments.join(" ")
        );
        for text in texts {
            ensure!(said.contains(text), "the refusal does not say `{text}`:\n{said}");
        }
        ensure!(state()? == before, "the refusal changed the repository:\n{said}");
        let published = self.registry.take_published();
        ensure!(published.is_empty(), "{published:?} was published in spite of:\n{said}");
        Ok(())
    }

    pub(super) fn try_release(&self, arguments: &[&str]) -> Result<Output> {
        let mut command = Command::new(std::env::current_exe()?);
        command
            .arg("release")
            .args(arguments)
            .args(["--registry", NAME])
            .env("CARGO_MANIFEST_DIR", self.repository().join("xtask"))
            .current_dir(self.repository());
        self.with_environment(&mut command)
            .output()
            .context("this program cannot be started")
    }

    /// Runs cargo in a folder of the scene.
    pub(super) fn cargo(&self, folder: &Path, arguments: &[&str]) -> Result<Output> {
        let output = self.cargo_command(folder, arguments).output();
        output.context("cargo cannot be started")
    }

    /// Returns a call of cargo in a folder of the scene.
    pub(super) fn cargo_command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.traffic.cargo());
        command.args(arguments).current_dir(folder);
        self.with_environment(&mut command);
        command
    }

    pub(super) fn git(&self, arguments: &[&str]) -> Result<String> {
        let mut command = Command::new("git");
        command.args(arguments).current_dir(self.repository());
        let output = self
            .with_environment(&mut command)
            .output()
            .context("git cannot be started")?;
        ensure!(
            output.status.success(),
            "`git {}` failed:\n{}",
            arguments.join(" "),
            both(&output)
        );
        Ok(String::from_utf8(output.stdout)?)
    }

    /// Changes a file of the repository.
    pub(super) fn edit(&self, file: &str, edit: impl FnOnce(String) -> String) -> Result<()> {
        let path = self.repository().join(file);
        let old = std::fs::read_to_string(&path).with_context(|| format!("{file} cannot be read"))?;
        let new = edit(old.clone());
        ensure!(new != old, "the change of {file} changes nothing");
        Ok(std::fs::write(path, new)?)
    }

    /// Commits an entry of a changelog.
    pub(super) fn note(&self, folder: &str, entry: &str) -> Result<()> {
        let heading = "## [Unreleased]\n";
        self.edit(&format!("crates/{folder}/CHANGELOG.md"), |text| {
            text.replacen(heading, &format!("{heading}\n{entry}\n"), 1)
        })?;
        self.commit("Say what changed")
    }

    pub(super) fn commit(&self, message: &str) -> Result<()> {
        self.git(&["add", "--all"])?;
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message])
            .map(drop)
    }

    /// Returns the published crates of the repository, with their folders and versions.
    pub(super) fn crates(&self) -> Result<Vec<(String, String, Version)>> {
        let metadata = cargo_metadata::MetadataCommand::new()
            .current_dir(self.repository())
            .no_deps()
            .exec()?;
        let folder = |package: &Package| {
            let folder = package.manifest_path.parent()?;
            Some(folder.strip_prefix(self.repository()).ok()?.to_string())
        };
        workspace::published(&metadata)
            .into_iter()
            .map(|package| {
                let folder = folder(package).context("a crate lies in the repository")?;
                Ok((package.name.to_string(), folder, package.version.clone()))
            })
            .collect()
    }

    /// Returns the version of a crate's manifest.
    pub(super) fn version(&self, name: &str) -> Result<Version> {
        let of = self.crates()?.into_iter().find(|(of, _, _)| of == name);
        of.map(|(_, _, version)| version)
            .with_context(|| format!("there is no {name}"))
    }

    /// Returns the versions of a crate that have a tag.
    pub(super) fn released(&self, name: &str) -> Result<Vec<Version>> {
        let prefix = format!("{name}-v");
        let tags = self.git(&["tag", "--list", &format!("{prefix}*")])?;
        let versions = tags.lines().filter_map(|tag| tag.strip_prefix(&prefix)?.parse().ok());
        Ok(versions.collect())
    }

    /// Makes a separate, empty package next to the repository.
    pub(super) fn package(&self, name: &str, source: &str) -> Result<PathBuf> {
        let folder = self.empty_folder(name)?;
        std::fs::create_dir(folder.join("src"))?;
        let manifest =
            format!("[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n[workspace]\n");
        std::fs::write(folder.join("Cargo.toml"), manifest)?;
        std::fs::write(folder.join("src/main.rs"), source)?;
        Ok(folder)
    }

    /// Returns a new folder next to the repository.
    pub(super) fn empty_folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.folder.join(name);
        if folder.exists() {
            std::fs::remove_dir_all(&folder)?;
        }
        std::fs::create_dir_all(&folder)?;
        Ok(folder)
    }

    /// Removes our crates from cargo's caches of the last run, because cargo assumes that a version on a registry never
    /// changes.
    fn forget_crates(&self) -> Result<()> {
        let registry = self.folder.join("cargo-home/registry");
        let mut folders = vec![self.folder.join("target/debug/.fingerprint")];
        for kind in ["cache", "src"] {
            for of in std::fs::read_dir(registry.join(kind)).into_iter().flatten() {
                folders.push(of?.path());
            }
        }
        for folder in folders {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry?.path();
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                if !name.starts_with("powertools-lambda") {
                    continue;
                }
                if path.is_dir() {
                    std::fs::remove_dir_all(&path)?;
                } else {
                    std::fs::remove_file(&path)?;
                }
            }
        }
        Ok(())
    }

    /// Adds what the caller's configuration says outside the workspace, such as a proxy. It has no token.
    fn copy_settings(&self) -> Result<()> {
        let (old, new) = (tame_index::utils::cargo_home()?, self.folder.join("cargo-home"));
        std::fs::create_dir_all(&new)?;
        for name in ["config.toml", "config"] {
            let file = old.join(name);
            if file.exists() {
                std::fs::copy(file, new.join(name))?;
            }
        }
        Ok(())
    }

    fn copy_repository(&self) -> Result<()> {
        let (old, new) = (workspace::root(), self.repository());
        if new.exists() {
            std::fs::remove_dir_all(&new)?;
        }
        let output = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&old)
            .output()?;
        ensure!(output.status.success(), "git cannot list the files: {}", both(&output));
        for file in String::from_utf8(output.stdout)?.split_terminator('\0') {
            let (from, to) = (old.join(file), new.join(file));
            if from.is_file() {
                std::fs::create_dir_all(to.parent().context("a file lies in a folder")?)?;
                std::fs::copy(from, to).with_context(|| format!("{file} cannot be copied"))?;
            }
        }
        self.git(&["init", "--quiet"])?;
        self.commit("All of it")
    }

    fn with_environment<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        // Every variable by which cargo could get a token for another registry.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CARGO_REGISTR") {
                command.env_remove(name);
            }
        }
        command
            .env("CARGO_HOME", self.folder.join("cargo-home"))
            .env("CARGO_TARGET_DIR", self.target())
            // A package does not have the workspace's profile.
            .env("CARGO_PROFILE_DEV_DEBUG", "false")
            .env("CARGO_REGISTRIES_LOCAL_TOKEN", TOKEN)
            .envs(self.traffic.variables())
            .envs([("GIT_AUTHOR_NAME", "Test"), ("GIT_AUTHOR_EMAIL", "test@example.com")])
            .envs([("GIT_COMMITTER_NAME", "Test"), ("GIT_COMMITTER_EMAIL", "test@example.com")])
            .envs([("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1")])
    }
}

/// Returns what a program printed, or an error if it failed.
pub(super) fn printed(output: &Output) -> Result<String> {
    if !output.status.success() {
        bail!("{}", both(output));
    }
    Ok(both(output))
}

pub(super) fn both(output: &Output) -> String {
    [&output.stdout, &output.stderr]
        .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
        .concat()
}
