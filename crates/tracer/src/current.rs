//! Free functions that add to the current span, or hand it on.

use std::error::Error;

use powertools_lambda_core::{ErrorReport, Invocation, TraceHeader};
use serde::Serialize;

use crate::AnnotationValue;
use crate::record::Link;
use crate::utility::TracerUtility;

/// Annotates the current span: X-Ray indexes it, so that traces can be found by it.
///
/// Goes to the innermost recorded span this code runs in, or to the handler's. The key has 1 to 500 of `A-Z a-z 0-9 _`;
/// a text is cut at 1,000 characters, a span has 50 annotations at most. What X-Ray would refuse is left out with one
/// warning. Does nothing outside an invocation, and if the trace is not recorded.
///
/// ```
/// powertools_lambda_tracer::annotate("tenant", "acme");
/// powertools_lambda_tracer::annotate("items", 3);
/// ```
pub fn annotate<'a>(key: &str, value: impl Into<AnnotationValue<'a>>) {
    TracerUtility::with_current_span(|tracer, span| tracer.annotate(span, key, &value.into()));
}

/// Adds to the current span's metadata, under the service's name: anything that serialises, not indexed.
///
/// Goes where [`annotate`] goes. A value that does not serialise, or takes more than 64,000 bytes as JSON, is left out
/// with one warning.
///
/// ```
/// powertools_lambda_tracer::add_metadata("cart", ["book", "pen"]);
/// ```
pub fn add_metadata(key: &str, value: impl Serialize) {
    add_metadata_to_current(None, key, &value);
}

/// Adds to the current span's metadata under the given namespace; otherwise as [`add_metadata`].
pub fn add_metadata_in(namespace: &str, key: &str, value: impl Serialize) {
    add_metadata_to_current(Some(namespace), key, &value);
}

/// Marks the current span as failed with this error and its `source()` chain.
///
/// Goes where [`annotate`] goes. `#[instrument(err)]` does so by itself; this is for errors that are handled.
///
/// ```
/// if let Err(error) = "x".parse::<u8>() {
///     powertools_lambda_tracer::record_error(&error);
/// }
/// ```
pub fn record_error(error: &(dyn Error + 'static)) {
    // The error's own code runs before anything is locked.
    TracerUtility::with_current_span(|tracer, span| tracer.fail(span, || ErrorReport::new(error)));
}

/// Links the current span to the one that a tracing header names, such as the one that sent a message.
///
/// For headers the tracer does not find by itself: in the event of an invocation it finds the `AWSTraceHeader` of SQS
/// messages (those that came by a topic or an event bus too), message attributes of that name (SQS, SNS), and the
/// `X-Amzn-Trace-Id` of HTTP requests. A header that does not parse, or names no parent, is no link.
///
/// ```
/// powertools_lambda_tracer::link("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1");
/// ```
pub fn link(header: &str) {
    TracerUtility::with_current_span(|_, span| {
        if let Some(link) = Link::from_header(header) {
            span.change(|record| record.link(link));
        }
    });
}

/// Returns the tracing header for a request or a message that the tracer does not send by itself.
///
/// It names the current span as the parent if the trace is recorded, and is the one the invocation came with otherwise;
/// `None` outside an invocation, and if that had none. Its `root()` is the id of the trace.
pub fn trace_header() -> Option<TraceHeader> {
    let invocation = Invocation::current()?;
    let header = invocation.trace_header()?;
    Some(match TracerUtility::of(&invocation) {
        Some((_, trace)) => header.child(trace.current_id()),
        None => header.clone(),
    })
}

fn add_metadata_to_current(namespace: Option<&str>, key: &str, value: &impl Serialize) {
    TracerUtility::with_current_span(|tracer, span| {
        if let Some(json) = tracer.to_json(key, value) {
            tracer.set_metadata(span, namespace, key, &json);
        }
    });
}
