//! `FeatureFlags`, the handle, and `Snapshot`, which evaluates.

mod evaluation;
mod feature_flags;
mod shared;
mod snapshot;
mod telemetry;

pub use evaluation::Evaluation;
pub use feature_flags::{FeatureFlags, FeatureFlagsBuilder};
pub use snapshot::Snapshot;
