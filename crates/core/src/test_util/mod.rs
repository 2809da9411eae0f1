//! What tests need: an environment in memory, a clock to move, contexts, and events of every source.
//!
//! To test a function, use `TestFunction` of the crate `powertools-lambda` (feature `test-util`), which runs a handler with
//! all of this around it. The types here are for tests of a single utility, or of code that takes an
//! [`Environment`](crate::Environment) or a [`Clock`](crate::Clock):
//!
//! * [`TestEnvironment`]: environment variables, a [`ManualClock`], and what was written, as lines, [`LoggedRecord`]s and
//!   [`EmittedMetrics`]. Pass it to a builder's `environment(..)`.
//! * [`context`] and [`traced_context`]: Lambda contexts. [`request`]: an invocation for the runtime's layers.
//! * [`events`]: events of API Gateway, SQS, Kinesis and all the others.
//!
//! ```
//! use powertools_lambda_core::test_util::TestEnvironment;
//!
//! let test = TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "orders");
//! // A utility that was built with `environment(&test)` writes:
//! test.environment().output().write_line(b"{\"message\":\"hello\"}\n");
//! assert_eq!(test.records()[0].message(), "hello");
//! ```

mod clock;
mod context;
mod environment;
pub mod events;
mod line;
mod metrics;
mod output;
mod record;

pub use clock::ManualClock;
pub use context::{context, request, traced_context};
pub use environment::TestEnvironment;
pub use metrics::{EmittedMetric, EmittedMetrics};
pub use output::MemoryOutput;
pub use record::LoggedRecord;
