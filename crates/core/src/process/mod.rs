//! [`Environment`] and its parts: variables, clock, output, warnings and cold start.

mod clock;
mod cold_start;
mod environment;
#[cfg(all(test, powertools_shuttle))]
mod models;
mod output;
mod service_name;
mod stdio;
mod timestamp;
mod variables;
mod warnings;

pub use clock::{Clock, TimeSource};
pub use cold_start::ColdStart;
pub use environment::Environment;
pub use output::{LineSink, Output};
pub use service_name::{DEFAULT_SERVICE, service_name};
pub use timestamp::Timestamp;
pub use variables::Variables;
pub use warnings::Warnings;
