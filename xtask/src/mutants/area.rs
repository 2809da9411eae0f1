//! `Area`, a part of a crate whose code is changed.

use clap::ValueEnum;

/// A part of a crate where a mistake costs most, and that the crate's own tests must know completely.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Area {
    /// Core's invocation, its members and their ends, and what happens once in a process
    Core,
    /// The ledger and the schedule of a batch
    Batch,
    /// The record of idempotency, and the steps and locks of an execution
    Idempotency,
    /// The cache of parameters
    Parameters,
}

impl Area {
    pub(super) const ALL: [Self; 4] = [Self::Batch, Self::Core, Self::Idempotency, Self::Parameters];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Batch => "batch",
            Self::Idempotency => "idempotency",
            Self::Parameters => "parameters",
        }
    }

    /// Returns the package whose tests run.
    pub(super) fn package(self) -> &'static str {
        match self {
            Self::Core => "powertools-lambda-core",
            Self::Batch => "powertools-lambda-batch",
            Self::Idempotency => "powertools-lambda-idempotency",
            Self::Parameters => "powertools-lambda-parameters",
        }
    }

    /// Returns the files that are changed.
    pub(super) fn files(self) -> &'static [&'static str] {
        match self {
            Self::Core => &[
                "crates/core/src/invocation/members.rs",
                "crates/core/src/invocation/slots.rs",
                "crates/core/src/invocation/joined.rs",
                "crates/core/src/invocation/mod.rs",
                "crates/core/src/process/cold_start.rs",
                "crates/core/src/watch/backlog.rs",
            ],
            Self::Batch => &[
                "crates/batch/src/processing/ledger.rs",
                "crates/batch/src/processing/schedule.rs",
            ],
            Self::Idempotency => &[
                "crates/idempotency/src/records/record.rs",
                "crates/idempotency/src/execution/steps.rs",
                "crates/idempotency/src/execution/lock.rs",
            ],
            Self::Parameters => &[
                "crates/parameters/src/cache/age.rs",
                "crates/parameters/src/cache/entry.rs",
                "crates/parameters/src/cache/epochs.rs",
                "crates/parameters/src/cache/front.rs",
                "crates/parameters/src/cache/mod.rs",
                "crates/parameters/src/cache/views.rs",
            ],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace;

    #[test]
    fn each_file_of_an_area_is_there_and_of_its_package() {
        let metadata = workspace::metadata().unwrap();
        for area in Area::ALL {
            let package = metadata
                .packages
                .iter()
                .find(|package| package.name.as_str() == area.package());
            let folder = package.unwrap().manifest_path.parent().unwrap();
            for file in area.files() {
                let path = workspace::root().join(file);
                assert!(path.is_file() && path.starts_with(folder), "{file}");
            }
        }
    }
}
