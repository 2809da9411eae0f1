//! One call with a key: `run`, the lock, the steps at the store, and what is told of it.

mod lock;
mod run;
mod settings;
mod steps;
mod stored;
mod telemetry;

pub(crate) use lock::Lock;
pub(crate) use run::run;
pub(crate) use settings::Settings;
