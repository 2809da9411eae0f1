//! [`SpanExt`], methods of `tracing`'s `Span`.

use std::error::Error;

use serde::Serialize;
use tracing::Span;

use crate::trace::entered;
use crate::{AnnotationValue, add_metadata, add_metadata_in, annotate, record_error};

/// Adds annotations, metadata and errors to a given [`Span`] instead of the current one.
///
/// Does nothing if the span is not recorded: outside an invocation, in one that is not sampled, or if the tracer's
/// level excludes it.
///
/// ```
/// use powertools_lambda_tracer::SpanExt;
///
/// let span = tracing::info_span!("charge");
/// span.annotate("tenant", "acme").add_metadata("cart", ["book", "pen"]);
/// ```
pub trait SpanExt {
    /// Adds an annotation to the span; see [`annotate`](crate::annotate).
    fn annotate<'a>(&self, key: &str, value: impl Into<AnnotationValue<'a>>) -> &Self;

    /// Adds metadata to the span; see [`add_metadata`](crate::add_metadata).
    fn add_metadata(&self, key: &str, value: impl Serialize) -> &Self;

    /// Adds metadata to the span in a given namespace; see [`add_metadata_in`](crate::add_metadata_in).
    fn add_metadata_in(&self, namespace: &str, key: &str, value: impl Serialize) -> &Self;

    /// Marks the span as failed; see [`record_error`](crate::record_error).
    fn record_error(&self, error: &(dyn Error + 'static)) -> &Self;
}

impl SpanExt for Span {
    fn annotate<'a>(&self, key: &str, value: impl Into<AnnotationValue<'a>>) -> &Self {
        within(self, || annotate(key, value));
        self
    }

    fn add_metadata(&self, key: &str, value: impl Serialize) -> &Self {
        within(self, || add_metadata(key, value));
        self
    }

    fn add_metadata_in(&self, namespace: &str, key: &str, value: impl Serialize) -> &Self {
        within(self, || add_metadata_in(namespace, key, value));
        self
    }

    fn record_error(&self, error: &(dyn Error + 'static)) -> &Self {
        within(self, || record_error(error));
        self
    }
}

/// Runs `f` in the span, if it is recorded.
fn within(span: &Span, f: impl FnOnce()) {
    if let Some(id) = span.id() {
        span.in_scope(|| {
            if entered::is_innermost(id.into_u64()) {
                f();
            }
        });
    }
}
