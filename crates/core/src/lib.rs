#![doc = include_str!("../README.md")]

mod deadline;
mod environment;
mod error_report;
mod guard;
mod invocation;
pub mod json;
mod layer;
mod panic_message;
#[cfg(feature = "test-util")]
pub mod test_util;
mod trace_header;
mod value;
mod watch;

pub use deadline::Deadline;
pub use environment::{
    Clock, ColdStart, DEFAULT_SERVICE, Env, Host, LineSink, Output, TimeSource, Timestamp, Warnings, service_name,
};
pub use error_report::{Cause, ErrorReport};
pub use invocation::{
    AfterResponse, Fact, HttpFacts, InInvocation, Invocation, InvocationExt, Outcome, Utility, enter_span, exit_span,
};
pub use layer::{
    ErrorByAny, ErrorView, HandlerFuture, HandlerLayer, HandlerService, INVOCATION_SPAN, InvocationFuture,
    InvocationLayer, InvocationService,
};
pub use panic_message::panic_message;
pub use trace_header::{Sampling, SegmentId, TraceHeader, TraceHeaderError, TraceId};
pub use value::Value;
pub use watch::NearDeadline;
