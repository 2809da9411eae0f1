//! `Suite`, the benches of the workspace, and `Tree`, a checkout in which they are built and run.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use cargo_metadata::{Metadata, MetadataCommand, Target, TargetKind};
use console::style;

use crate::workspace;

/// The suffix of the names of benches that count instructions.
const INSTRUCTIONS: &str = "_instructions";

/// What a bench measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Time,
    Instructions,
}

/// A bench target.
#[derive(Clone, Debug)]
pub(crate) struct Bench {
    pub(crate) package: String,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The folder with its source, in the workspace.
    pub(crate) folder: PathBuf,
    features: Vec<String>,
}

impl Bench {
    /// Returns whether both are the same bench, possibly in two trees.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        (&self.package, &self.name) == (&other.package, &other.name)
    }

    /// Returns the part of the name that the two benches of the same code, of times and of instructions, have in
    /// common.
    pub(crate) fn stem(&self) -> &str {
        self.name.strip_suffix(INSTRUCTIONS).unwrap_or(&self.name)
    }

    #[cfg(test)]
    pub(crate) fn of(package: &str, name: &str, folder: &str) -> Self {
        Self {
            package: package.to_owned(),
            name: name.to_owned(),
            kind: kind(name),
            folder: folder.into(),
            features: Vec::new(),
        }
    }
}

/// The chosen benches.
pub(crate) struct Suite(Vec<Bench>);

impl Suite {
    /// Chooses the benches whose name or package name contains one of `names`, or all if `names` is empty.
    pub(crate) fn of(metadata: &Metadata, names: &[String]) -> Result<Self> {
        let is_named = |text: &str| names.is_empty() || names.iter().any(|name| text.contains(name.as_str()));
        let mut benches = Vec::new();
        for package in metadata.workspace_packages() {
            let targets = package.targets.iter();
            for target in targets.filter(|target| target.kind.contains(&TargetKind::Bench)) {
                if is_named(&target.name) || is_named(&package.name) {
                    benches.push(Bench {
                        package: package.name.to_string(),
                        name: target.name.clone(),
                        kind: kind(&target.name),
                        folder: folder(metadata, target)?,
                        features: target.required_features.clone(),
                    });
                }
            }
        }
        ensure!(
            !benches.is_empty(),
            "no bench or package with benches matches {}",
            names.join(" or ")
        );
        Ok(Self(benches))
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Bench> {
        self.0.iter()
    }

    pub(crate) fn has(&self, bench: &Bench) -> bool {
        self.0.iter().any(|other| other.is_same(bench))
    }

    pub(crate) fn of_kind(&self, kind: Kind) -> Vec<&Bench> {
        self.0.iter().filter(|bench| bench.kind == kind).collect()
    }
}

/// A checkout of the workspace.
pub(crate) struct Tree {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Tree {
    pub(crate) fn here() -> Result<Self> {
        Ok(Self {
            root: workspace::root(),
            target: workspace::target()?,
        })
    }

    /// Returns the command that builds and runs benches.
    ///
    /// All of them are in one call of cargo with the features that they require, so that each dependency is built once and no
    /// SDK client is built that no bench needs.
    pub(crate) fn bench(&self, benches: &[&Bench]) -> Command {
        self.bench_built(benches, benches)
    }

    /// Returns the command that runs some of the benches that [`bench`](Self::bench) builds together.
    ///
    /// With the packages and features of all of them, because with fewer, cargo would build the dependencies with other features.
    pub(crate) fn bench_built(&self, built: &[&Bench], run: &[&Bench]) -> Command {
        let mut arguments = vec!["bench".to_owned()];
        let mut add = |option: &str, value: &str| {
            let added = [option.to_owned(), value.to_owned()];
            if !arguments.windows(2).any(|pair| pair == added) {
                arguments.extend(added);
            }
        };
        for bench in built {
            add("--package", &bench.package);
        }
        for bench in built {
            for feature in &bench.features {
                add("--features", &format!("{}/{feature}", bench.package));
            }
        }
        for bench in run {
            add("--bench", &bench.name);
        }
        let mut command = workspace::cargo(&[]);
        command
            .args(arguments)
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", &self.target);
        command
    }
}

pub(crate) fn metadata() -> Result<Metadata> {
    metadata_of(&workspace::root())
}

/// Reads the workspace of a checkout.
pub(crate) fn metadata_of(root: &Path) -> Result<Metadata> {
    MetadataCommand::new()
        .current_dir(root)
        .exec()
        .with_context(|| format!("cargo cannot read the workspace in {}", root.display()))
}

/// Returns a command of cargo as it is typed.
pub(crate) fn shown(command: &Command) -> impl std::fmt::Display {
    let arguments: Vec<_> = command.get_args().map(OsStr::to_string_lossy).collect();
    style(format!("$ cargo {}", arguments.join(" "))).dim()
}

fn folder(metadata: &Metadata, target: &Target) -> Result<PathBuf> {
    let path = target.src_path.strip_prefix(&metadata.workspace_root)?;
    let folder = path.parent().context("a bench without a folder")?;
    Ok(folder.into())
}

fn kind(name: &str) -> Kind {
    if name.ends_with(INSTRUCTIONS) {
        Kind::Instructions
    } else {
        Kind::Time
    }
}
