//! Adds to a span that is at hand.

use std::error::Error;

use serde::Serialize;
use tracing::Span;

use crate::trace::entered;
use crate::{AnnotationValue, add_metadata, add_metadata_in, annotate, record_error};

/// Adds to a given span instead of the current one.
///
/// A span that is not recorded takes nothing: outside an invocation, in one that is not sampled, or below the tracer's
/// level.
///
/// ```
/// use powertools_lambda_tracer::SpanExt;
///
/// let span = tracing::info_span!("charge");
/// span.annotate("tenant", "acme").add_metadata("cart", ["book", "pen"]);
/// ```
pub trait SpanExt {
    /// Annotates the span; see [`annotate`](crate::annotate).
    fn annotate<'a>(&self, key: &str, value: impl Into<AnnotationValue<'a>>) -> &Self;

    /// Adds to the span's metadata; see [`add_metadata`](crate::add_metadata).
    fn add_metadata(&self, key: &str, value: impl Serialize) -> &Self;

    /// Adds to the span's metadata under the given namespace; see [`add_metadata_in`](crate::add_metadata_in).
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
