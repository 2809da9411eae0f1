//! A host of one's own for tests: memory output, manual clock, environment lookup, fake context.
//!
//! The utilities' tests stand on it, and yours can: hand `TestHost::host()` to a builder's `host(..)`.
//!
//! ```
//! use powertools_lambda_core::test_util::TestHost;
//!
//! let test = TestHost::new().var("POWERTOOLS_SERVICE_NAME", "orders");
//! test.host().output().write_line(b"{\"message\":\"hello\"}\n");
//! assert_eq!(test.lines(), [r#"{"message":"hello"}"#]);
//! ```

mod clock;
mod context;
mod host;
mod output;

pub use clock::ManualClock;
pub use context::{context, request};
pub use host::TestHost;
pub use output::MemoryOutput;
