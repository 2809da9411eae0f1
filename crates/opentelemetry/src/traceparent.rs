//! [`traceparent`].

use powertools_lambda_core::Sampling;
use powertools_lambda_tracer::trace_header;

/// Returns the W3C `traceparent` to send with a request or a message, for clients that the tracer does not instrument.
///
/// Its parent is the current span. Returns `None` outside an invocation, and if the invocation came without any parent and
/// is not recorded.
///
/// ```
/// if let Some(traceparent) = powertools_lambda_opentelemetry::traceparent() {
///     println!("traceparent: {traceparent}");
/// }
/// ```
pub fn traceparent() -> Option<String> {
    let header = trace_header()?;
    if powertools_lambda_tracer::is_recorded() {
        return header.decide(Sampling::Sampled).traceparent();
    }
    header.traceparent()
}
