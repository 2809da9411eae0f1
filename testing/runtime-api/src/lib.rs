//! A Lambda Runtime API on 127.0.0.1 for tests, serving concurrent `/next` polls.
//!
//! No emulator hands a function several invocations at once, as Lambda Managed Instances do; this does. It also holds
//! the acknowledgement of a response back, so that a test can tell what a function does before its response was posted
//! and what after.
//!
//! See [Lambda runtime API](https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html).

mod invocation;
mod process;
mod server;
mod state;

pub use invocation::{Answer, Invocation, Outcome};
pub use process::{FunctionProcess, Stdout};
pub use server::RuntimeApi;
