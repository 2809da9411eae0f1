//! `cargo xtask release`: versions, changelogs, tarballs, publication and tags. `RELEASING.md` says when to call what.

mod bump;
mod changelog;
mod facts;
mod git;
mod index;
mod lock;
mod manifest;
mod order;
mod plan;
mod prepare;
mod publish;
mod refusal;
mod semver;
mod tarball;

use anyhow::{Result, bail};
use cargo_metadata::Metadata;
use clap::{Args, ValueEnum};

use self::git::Git;
use self::index::Registry;
use self::plan::Plan;
use self::tarball::{Packaging, Tarball};
use crate::workspace;

/// What is done, and where.
#[derive(Args)]
#[allow(clippy::struct_excessive_bools)] // flags of a command line
pub(crate) struct Options {
    #[arg(value_enum, default_value_t)]
    action: Action,
    /// Package, build from the tarballs, publish in the order of dependencies, and tag; resumes a release that failed midway
    #[arg(long, conflicts_with_all = ["action", "allow_dirty"])]
    execute: bool,
    /// The registry of cargo's configuration to publish to [default: crates.io]
    #[arg(long, value_name = "NAME")]
    registry: Option<String>,
    /// Plan or package with changes that are not committed
    #[arg(long)]
    allow_dirty: bool,
    /// Do not compare the API with the last release by cargo-semver-checks; `api.txt` is compared all the same
    #[arg(long)]
    skip_semver_checks: bool,
    /// Do not build the crates from their tarballs
    #[arg(long)]
    no_verify: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Action {
    /// Say what would be released, and why
    #[default]
    Plan,
    /// Commit the versions of the plan: manifests, changelogs, lock file
    Prepare,
    /// Package every published crate and build it from its tarball
    Package,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let metadata = workspace::metadata()?;
    if options.execute {
        return execute(options, &metadata);
    }
    match options.action {
        Action::Plan => plan(options, &metadata).map(drop),
        Action::Prepare => prepare(options, &metadata),
        Action::Package => package(options, &metadata),
    }
}

/// Prints the plan, unless something forbids it.
fn plan(options: &Options, metadata: &Metadata) -> Result<Plan> {
    let root = workspace::root();
    let git = Git::new(&root);
    if !options.allow_dirty {
        git.check_clean()?;
    }
    refusal::check_repository(&workspace::published(metadata))?;
    let plan = Plan::of(&facts::gather(&root, metadata, &git)?)?;
    if plan.steps.is_empty() {
        println!("No crate changed since its last release.");
        return Ok(plan);
    }
    println!("To be released, in this order:\n{}", plan.text());
    refusal::check_names(&plan, &Registry::open(&root, options.registry.as_deref())?, &git)?;
    refusal::check_yanked(&root, metadata, &plan)?;
    if options.skip_semver_checks {
        println!("cargo-semver-checks was skipped.");
    } else {
        semver::check(&plan)?;
    }
    if options.action == Action::Plan && !options.execute {
        let next = if plan.unprepared().is_empty() {
            "--execute"
        } else {
            "prepare"
        };
        println!("Next: cargo xtask release {next}");
    }
    Ok(plan)
}

fn prepare(options: &Options, metadata: &Metadata) -> Result<()> {
    if options.allow_dirty {
        bail!(
            "the release commit is made from a clean tree; commit or stash the changes, and leave out `--allow-dirty`"
        );
    }
    let root = workspace::root();
    let plan = plan(options, metadata)?;
    if plan.unprepared().is_empty() {
        println!("Nothing to prepare.");
        return Ok(());
    }
    prepare::prepare(&root, metadata, &plan, &Git::new(&root))?;
    println!("Committed. Look at it (`git show`), then: cargo xtask release --execute");
    Ok(())
}

fn package(options: &Options, metadata: &Metadata) -> Result<()> {
    let crates = order::in_order(&workspace::published(metadata))?;
    let crates: Vec<_> = crates
        .iter()
        .map(|package| (package.name.as_str(), &package.version))
        .collect();
    show(&packaging(options).package(metadata, &crates)?);
    refusal::check_repository(&workspace::published(metadata))
}

fn execute(options: &Options, metadata: &Metadata) -> Result<()> {
    let plan = plan(options, metadata)?;
    let unprepared: Vec<_> = plan.unprepared().iter().map(|step| step.name.as_str()).collect();
    if !unprepared.is_empty() {
        bail!(
            "nothing is published: {} changed, but the release is not prepared; run `cargo xtask release prepare`",
            unprepared.join(", ")
        );
    }
    if plan.steps.is_empty() {
        return Ok(());
    }
    let root = workspace::root();
    let crates: Vec<_> = plan.steps.iter().map(|step| (step.name.as_str(), &step.to)).collect();
    let tarballs = packaging(options).package(metadata, &crates)?;
    show(&tarballs);
    let registry = Registry::open(&root, options.registry.as_deref())?;
    publish::publish(&tarballs, &registry, options.registry.as_deref(), &Git::new(&root))
}

fn packaging(options: &Options) -> Packaging<'_> {
    Packaging {
        verify: !options.no_verify,
        allow_dirty: options.allow_dirty,
        registry: options.registry.as_deref(),
    }
}

fn show(tarballs: &[Tarball]) {
    for tarball in tarballs {
        let kilobytes = tarball.size.div_ceil(1_000);
        println!("  {kilobytes:>6} kB  {} {}", tarball.name, tarball.version);
    }
}
