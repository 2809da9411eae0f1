//! One call with a key: `run`, the lock, the steps at the store, and its telemetry.

mod lock;
mod run;
mod settings;
mod steps;
mod stored;
mod telemetry;

pub(crate) use lock::Lock;
pub(crate) use run::{noted, run};
pub(crate) use settings::Settings;
