//! `cargo xtask tidy`: checks rules that neither the compiler nor Clippy has.

mod cfg;
mod files;
mod graph;
mod imports;
mod manifests;
mod published;
mod sources;
mod tracked;
mod variables;
mod words;

use anyhow::{Result, bail};
use cargo_metadata::{CargoOpt, Metadata, MetadataCommand};

use crate::workspace;

/// Runs all checks and prints the problems.
pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let resolved = resolved()?;
    let packages = resolved.workspace_packages();
    let checks: [(&str, Vec<String>); 8] = [
        ("crate graph", graph::check(&graph::nodes(&packages))),
        ("manifests", manifests::check(&packages)?),
        ("published crates", published::check(&packages, &resolved)?),
        ("imports", imports::check(&packages)?),
        ("sources", sources::check(&root)?),
        ("tracked files", tracked::check(&root)?),
        ("variables", variables::check(&root, &packages)?),
        ("words", words::check(&root)?),
    ];
    let mut wrong = 0;
    for (name, problems) in &checks {
        println!(
            "{name}: {}",
            if problems.is_empty() {
                "ok".to_owned()
            } else {
                format!("{} problems", problems.len())
            }
        );
        for problem in problems {
            println!("  {problem}");
        }
        wrong += problems.len();
    }
    if wrong > 0 {
        bail!("{wrong} things are not tidy");
    }
    Ok(())
}

/// Writes the generated texts: the tables of features in the READMEs, and the variables on the site.
pub(crate) fn write() -> Result<()> {
    let resolved = resolved()?;
    let packages = resolved.workspace_packages();
    let mut changed = published::write_features(&packages)?;
    changed.extend(variables::write(&workspace::root(), &packages)?);
    for file in &changed {
        println!("wrote {file}");
    }
    Ok(())
}

/// Reads the workspace with the dependencies of all features, on Linux, as the packages for it are downloaded anyway.
fn resolved() -> Result<Metadata> {
    let mut command = MetadataCommand::new();
    command.current_dir(workspace::root()).features(CargoOpt::AllFeatures);
    let platform = ["--locked", "--filter-platform", "x86_64-unknown-linux-gnu"];
    Ok(command.other_options(platform.map(str::to_owned)).exec()?)
}
