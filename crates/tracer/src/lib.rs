#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "aws-sdk")]
mod aws;
mod current;
mod emitter;
mod emitters;
mod event_links;
#[cfg(feature = "http")]
mod http;
mod ids;
#[cfg(any(feature = "aws-sdk", feature = "http"))]
mod open_call;
mod propagator;
mod record;
mod response;
mod span_ext;
pub mod subscriber;
#[cfg(feature = "test-util")]
pub mod test_util;
mod trace;
mod tracer;
mod utility;
mod xray;

#[cfg(feature = "aws-sdk")]
pub use aws::AwsInterceptor;
pub use current::{add_metadata, add_metadata_in, annotate, is_recorded, link, record_error, trace_header};
pub use emitter::Emitter;
#[cfg(feature = "http")]
pub use http::{HttpFuture, HttpLayer, HttpService};
#[doc(no_inline)]
pub use powertools_lambda_core::HandlerLayer;
#[doc(inline)]
pub use powertools_lambda_core::Value as AnnotationValue;
pub use propagator::{Propagator, TraceStart};
pub use record::{AwsCall, HttpCall, Link, Metadata, SpanKind, SpanRecord, Spans};
pub use response::{ResponseFuture, ResponseLayer, ResponseService};
pub use span_ext::SpanExt;
pub use tracer::{Tracer, TracerBuilder};
pub use xray::XRayDaemon;

// Not for doctests: a test runs the blocks and compares their output.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/guide.md")]
pub mod _guide {}
