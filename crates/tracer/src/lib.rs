#![doc = include_str!("../README.md")]

mod annotate;
mod annotation;
mod emitter;
mod entered;
mod fields;
mod filter;
mod ids;
mod open_span;
mod record;
mod subscriber;
mod trace;
mod tracer;
mod xray;

pub use annotate::{annotate, metadata, metadata_in, record_error};
pub use annotation::AnnotationValue;
pub use emitter::Emitter;
pub use record::{Metadata, SpanKind, SpanRecord};
pub use tracer::{Tracer, TracerBuilder};
pub use xray::XRayDaemon;
