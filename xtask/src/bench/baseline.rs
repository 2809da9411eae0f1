//! `Baseline`, the instruction counts in `benches/instructions.json`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::toolchain::Toolchain;
use crate::workspace;

/// The counts of each bench, and what they were taken with.
pub(crate) type Baseline = BTreeMap<String, Taken>;

/// The counts of one bench.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Taken {
    compiler: String,
    libc: String,
    /// The hash of the versions of the bench's dependencies in `Cargo.lock`.
    pub(crate) packages: String,
    pub(crate) instructions: BTreeMap<String, u64>,
}

impl Taken {
    pub(crate) fn new(toolchain: &Toolchain, packages: String, instructions: BTreeMap<String, u64>) -> Self {
        Self {
            compiler: toolchain.compiler.clone(),
            libc: toolchain.libc.clone(),
            packages,
            instructions,
        }
    }

    pub(crate) fn toolchain(&self) -> Toolchain {
        Toolchain {
            compiler: self.compiler.clone(),
            libc: self.libc.clone(),
        }
    }
}

/// Reads the file; without a file, the baseline is empty.
pub(crate) fn read() -> Result<Baseline> {
    let path = path();
    if !path.exists() {
        return Ok(Baseline::new());
    }
    let text = std::fs::read_to_string(&path)?;
    serde_json::from_str(&text).with_context(|| format!("{} is invalid", path.display()))
}

pub(crate) fn write(baseline: &Baseline) -> Result<()> {
    let path = path();
    let text = format!("{}\n", serde_json::to_string_pretty(baseline)?);
    std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))
}

fn path() -> PathBuf {
    workspace::root().join("benches/instructions.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_of_the_repository_is_valid() {
        for (bench, taken) in read().unwrap() {
            assert!(taken.instructions.values().all(|count| *count > 0), "{bench}");
        }
    }

    #[test]
    fn a_baseline_is_read_as_it_was_written() {
        let toolchain = Toolchain {
            compiler: "rustc 1.95.0".to_owned(),
            libc: "glibc 2.36".to_owned(),
        };
        let counts = BTreeMap::from([("record::l1_record::powertools".to_owned(), 3_392)]);
        let taken = Taken::new(&toolchain, "abc".to_owned(), counts);
        let baseline = Baseline::from([("record_instructions".to_owned(), taken)]);
        let text = serde_json::to_string_pretty(&baseline).unwrap();
        assert_eq!(serde_json::from_str::<Baseline>(&text).unwrap(), baseline);
        assert!(serde_json::from_str::<Baseline>(&text.replace("libc", "libs")).is_err());
    }
}
