#![doc = include_str!("../README.md")]

mod clock;
mod cold_start;
mod env;
mod error_report;
mod handler;
mod hook;
mod host;
mod invocation;
pub mod json;
mod layer;
mod output;
mod panic_message;
mod scope;
mod service_name;
mod slots;
#[cfg(feature = "test-util")]
pub mod test_util;
mod trace_header;
mod warnings;

pub use clock::{Clock, TimeSource, Timestamp};
pub use cold_start::ColdStart;
pub use env::Env;
pub use error_report::{Cause, ErrorReport};
pub use handler::{ErrorByAny, ErrorView, HandlerFuture, HandlerLayer, HandlerService};
pub use hook::InvocationHook;
pub use host::Host;
pub use invocation::{Invocation, Outcome};
pub use layer::{INVOCATION_SPAN, InvocationFuture, InvocationLayer, InvocationService};
pub use output::{LineSink, Output};
pub use panic_message::panic_message;
pub use scope::{InInvocation, InvocationExt, enter_span, exit_span};
pub use service_name::{DEFAULT_SERVICE, service_name};
pub use trace_header::{Sampling, SegmentId, TraceHeader, TraceHeaderError, TraceId};
pub use warnings::Warnings;
