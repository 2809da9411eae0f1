//! `process` and the run of a batch: when records are started, how each is run, and what is reported.

mod batch_run;
mod deadline;
mod hook;
mod ledger;
mod options;
mod policy;
mod process;
mod progress;
mod record_run;
mod schedule;

pub use self::ledger::BatchSummary;
#[cfg(feature = "sqs")]
pub(crate) use self::options::BackOffFn;
pub(crate) use self::options::Options;
pub use self::policy::{FailureAction, FailurePolicy, ForwardFuture, FullFailurePolicy};
pub use self::process::process;
pub(crate) use self::process::process_with;
