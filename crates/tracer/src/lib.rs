#![doc = include_str!("../README.md")]

mod annotate;
mod annotation;
#[cfg(feature = "aws-sdk")]
mod aws;
mod deadline;
mod emitter;
mod entered;
mod fields;
mod filter;
#[cfg(feature = "http")]
mod http;
mod ids;
mod link;
#[cfg(any(feature = "aws-sdk", feature = "http"))]
mod open_call;
mod open_span;
mod record;
mod response;
mod span_ext;
mod spans;
mod subscriber;
mod trace;
mod tracer;
mod xray;

pub use annotate::{annotate, metadata, metadata_in, record_error};
pub use annotation::AnnotationValue;
#[cfg(feature = "aws-sdk")]
pub use aws::AwsInterceptor;
pub use emitter::Emitter;
#[cfg(feature = "http")]
pub use http::{HttpFuture, HttpLayer, HttpService};
pub use link::{link, trace_header};
pub use record::{AwsCall, HttpCall, Link, Metadata, SpanKind, SpanRecord};
pub use response::{ResponseFuture, ResponseLayer, ResponseService};
pub use span_ext::SpanExt;
pub use tracer::{Tracer, TracerBuilder};
pub use xray::XRayDaemon;

/// What the umbrella crate makes its own subscriber layer of; no part of the public API.
#[doc(hidden)]
pub mod internal {
    pub use crate::filter::SpanFilter;
    pub use crate::spans::Spans;
}
