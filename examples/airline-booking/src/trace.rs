//! `link`, for traces that came in a payload.

use powertools_lambda::tracer;

/// Links the current span to the one in the header, unless both are in one trace.
pub(crate) fn link(header: Option<&str>) {
    let Some(header) = header else { return };
    let own = tracer::trace_header();
    let is_own = own.is_some_and(|own| header.contains(&own.root().to_string()));
    if !is_own {
        tracer::link(header);
    }
}
