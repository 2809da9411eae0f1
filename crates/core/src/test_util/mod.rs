//! A environment of one's own for tests: memory output, manual clock, environment lookup, fake context.
//!
//! The utilities' tests stand on it, and yours can: hand `TestEnvironment::environment()` to a builder's `environment(..)`.
//!
//! ```
//! use powertools_lambda_core::test_util::TestEnvironment;
//!
//! let test = TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "orders");
//! test.environment().output().write_line(b"{\"message\":\"hello\"}\n");
//! assert_eq!(test.lines(), [r#"{"message":"hello"}"#]);
//! ```

mod clock;
mod context;
mod environment;
mod output;

pub use clock::ManualClock;
pub use context::{context, request};
pub use environment::TestEnvironment;
pub use output::MemoryOutput;
