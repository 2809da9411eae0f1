//! A Lambda Runtime API on 127.0.0.1 for tests, serving concurrent `/next` polls.
//!
//! Unlike emulators, it gives a function several invocations concurrently, as Lambda Managed Instances do. It can also
//! delay the acknowledgement of a response, so that a test can distinguish what a function does before its response is
//! posted from what it does afterwards.
//!
//! See [Lambda runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

mod invocation;
mod process;
mod server;
mod state;

pub use invocation::{Answer, Invocation, Outcome};
pub use process::{FunctionProcess, Stdout};
pub use server::RuntimeApi;
