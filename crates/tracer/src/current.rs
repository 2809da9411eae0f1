//! Free functions that act on the current span: [`annotate`], [`add_metadata`], [`record_error`], [`link`],
//! [`trace_header`], [`traceparent`].

use std::error::Error;

use powertools_lambda_core::{ErrorReport, Invocation, TraceHeader};
use serde::Serialize;

use crate::AnnotationValue;
use crate::record::Link;
use crate::utility::TracerUtility;

/// Adds an annotation to the current span. X-Ray indexes annotations, so traces can be found by them.
///
/// The current span is the innermost recorded span that this code runs in, or else the handler's. A key has 1 to 500
/// characters of `A-Z a-z 0-9 _`, a text is cut at 1,000 characters, and a span has at most 50 annotations. An
/// annotation that X-Ray would refuse is left out with one warning. A second value for the same key replaces the first.
///
/// Does nothing outside an invocation and if the trace is not recorded.
///
/// ```
/// powertools_lambda_tracer::annotate("tenant", "acme");
/// powertools_lambda_tracer::annotate("items", 3);
/// ```
pub fn annotate<'a>(key: &str, value: impl Into<AnnotationValue<'a>>) {
    TracerUtility::annotate_current_span(key, &value.into());
}

/// Adds metadata to the current span: any value that serialises. X-Ray shows metadata but does not index it.
///
/// The namespace is the name of the service. The current span is the same as for [`annotate`]. A value that fails to
/// serialise, or that takes more than 64,000 bytes as JSON, is left out with one warning.
///
/// ```
/// powertools_lambda_tracer::add_metadata("cart", ["book", "pen"]);
/// ```
pub fn add_metadata(key: &str, value: impl Serialize) {
    add_metadata_to_current(None, key, &value);
}

/// Adds metadata to the current span in a given namespace; otherwise the same as [`add_metadata`].
///
/// ```
/// // In the document: "metadata":{"audit":{"checked_by":["fraud","stock"]}}
/// powertools_lambda_tracer::add_metadata_in("audit", "checked_by", ["fraud", "stock"]);
/// ```
pub fn add_metadata_in(namespace: &str, key: &str, value: impl Serialize) {
    add_metadata_to_current(Some(namespace), key, &value);
}

/// Marks the current span as failed, with this error and its `source()` chain.
///
/// The current span is the same as for [`annotate`]. Use it for errors that the code handles, or where the trace should
/// show the causes of an error; `#[instrument(err)]` marks the span automatically, but passes only the error's text.
/// The handler's subsegment needs neither: a handler that returns an error marks it.
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

/// Links the current span to a span of another trace, such as the one that sent a message.
///
/// `header` is the tracing header that the other span sent. The tracer finds many of them in the event automatically:
/// the `AWSTraceHeader` of SQS messages (also of those that were sent through a topic or an event bus), message
/// attributes of that name (SQS, SNS), and the `X-Amzn-Trace-Id` of HTTP requests. Use this function for headers in
/// other places. A header that does not parse, has no `Parent`, or is of the span's own trace is ignored, so a service that
/// passes the trace on itself needs no condition. A span keeps 100 links.
///
/// ```
/// struct Job {
///     /// Set by the sender, from `trace_header()`.
///     trace_header: String,
/// }
///
/// fn work(job: &Job) {
///     // In the document: "links":[{"trace_id":"1-5759e988-bd862e3fe1be46a994272793","id":"53995c3f42cd8ad8"}]
///     powertools_lambda_tracer::link(&job.trace_header);
/// }
///
/// # let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
/// # work(&Job { trace_header: header.to_owned() });
/// ```
pub fn link(header: &str) {
    TracerUtility::with_current_span(|_, span| {
        if let Some(link) = Link::from_header(header) {
            span.change(|record| {
                if *record.trace_id() != link.trace_id {
                    record.link(link);
                }
            });
        }
    });
}

/// Returns the tracing header to send with a request or a message, for clients that the tracer does not instrument.
///
/// If the trace is recorded, the header's parent is the current span; otherwise it is the header that the invocation
/// came with. Returns `None` outside an invocation and if the invocation came without a header. Its
/// [`root`](TraceHeader::root) is the id of the trace.
///
/// ```
/// if let Some(header) = powertools_lambda_tracer::trace_header() {
///     println!("X-Amzn-Trace-Id: {header}");
/// }
/// ```
pub fn trace_header() -> Option<TraceHeader> {
    let invocation = Invocation::current()?;
    match TracerUtility::of(&invocation) {
        Some((_, trace)) => trace.header(&invocation, trace.current_id()),
        None => invocation.trace_header().cloned(),
    }
}

/// Returns the W3C `traceparent` to send with a request or a message, for clients that the tracer does not instrument.
///
/// If the trace is recorded, its parent is the current span and it is marked as sampled; otherwise it is the caller's, or
/// that of the tracing header. Returns `None` outside an invocation and if the invocation belongs to no trace.
///
/// ```
/// if let Some(traceparent) = powertools_lambda_tracer::traceparent() {
///     println!("traceparent: {traceparent}");
/// }
/// ```
pub fn traceparent() -> Option<String> {
    let invocation = Invocation::current()?;
    if let Some((_, trace)) = TracerUtility::of(&invocation) {
        return trace.traceparent(trace.current_id());
    }
    match TracerUtility::not_sampled(&invocation) {
        Some((_, header)) => header.traceparent(),
        None if TracerUtility::has_no_trace(&invocation) => None,
        None => invocation.trace_header()?.traceparent(),
    }
}

fn add_metadata_to_current(namespace: Option<&str>, key: &str, value: &impl Serialize) {
    TracerUtility::with_current_span(|tracer, span| {
        tracer.with_json(key, value, |json| tracer.set_metadata(span, namespace, key, json));
    });
}
