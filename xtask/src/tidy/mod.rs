//! `cargo xtask tidy`: the rules that neither the compiler nor Clippy knows.

mod graph;
mod imports;
mod manifests;
mod sources;

use anyhow::{Result, bail};

use crate::workspace;

/// Runs every check and prints all that is wrong.
pub(crate) fn run() -> Result<()> {
    let root = workspace::root();
    let metadata = cargo_metadata::MetadataCommand::new()
        .current_dir(&root)
        .no_deps()
        .exec()?;
    let packages = metadata.workspace_packages();
    let checks: [(&str, Vec<String>); 4] = [
        ("crate graph", graph::check(&graph::nodes(&packages))),
        ("manifests", manifests::check(&packages)?),
        ("imports", imports::check(&packages)?),
        ("sources", sources::check(&root)?),
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
