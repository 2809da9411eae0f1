#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod deadline;
mod error_name;
mod error_report;
mod guard;
mod init_error;
mod invocation;
pub mod json;
mod layer;
mod panic_message;
mod process;
#[doc(hidden)]
pub mod sync;
mod target_levels;
#[cfg(feature = "test-util")]
pub mod test_util;
mod trace_header;
mod value;
mod watch;

pub use deadline::Deadline;
pub use error_name::ErrorName;
pub use error_report::{ErrorCause, ErrorReport};
pub use init_error::InitError;
pub use invocation::{
    AfterResponse, Fact, HttpFacts, InInvocation, Invocation, InvocationExt, Measurement, Outcome, Utility, enter_span,
    exit_span,
};
pub use layer::{
    DefaultErrorReporter, ErrorReporter, HandlerFuture, HandlerLayer, HandlerService, INVOCATION_TARGET,
    InvocationFuture, InvocationLayer, InvocationService,
};
pub use panic_message::panic_message;
pub use process::{
    Clock, ColdStart, DEFAULT_SERVICE, Environment, LineSink, Output, TimeSource, Timestamp, Variables, Warnings,
    service_name,
};
pub use target_levels::TargetLevels;
pub use trace_header::{Sampling, SegmentId, TraceHeader, TraceHeaderError, TraceId};
pub use value::Value;
pub use watch::NearDeadline;

// Not for doctests: a test runs the blocks and compares their output.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/utility.md")]
pub mod _guide {}
