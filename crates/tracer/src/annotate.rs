//! Free functions that add to the current span.

use std::error::Error;
use std::panic::{AssertUnwindSafe, catch_unwind};

use powertools_lambda_core::{ErrorReport, Warnings};
use serde::Serialize;

use crate::AnnotationValue;
use crate::entered::with_current;
use crate::open_span::OpenSpan;
use crate::record::Refusal;
use crate::trace::Recording;

/// Annotates the current span: X-Ray indexes it, so that traces can be found by it.
///
/// Goes to the innermost recorded span this code runs in, or to the handler's. The key has 1 to 500 of `A-Z a-z 0-9 _`;
/// a text is cut at 1,000 characters, a span has 50 annotations at most. What X-Ray would refuse is left out with one
/// warning. Does nothing outside an invocation and where the trace is not recorded.
///
/// ```
/// powertools_lambda_tracer::annotate("tenant", "acme");
/// powertools_lambda_tracer::annotate("items", 3);
/// ```
pub fn annotate<'a>(key: &str, value: impl Into<AnnotationValue<'a>>) {
    with_current(|recording, span| {
        let value = value.into();
        if let Some(Err(refusal)) = span.change(|record| record.annotate(key, &value)) {
            warn(recording.tracer().host.warnings(), key, refusal);
        }
    });
}

/// Adds to the current span's metadata, under the service's name: anything that serialises, not indexed.
///
/// Goes where [`annotate`] goes. A value that does not serialise, or takes more than 64,000 bytes as JSON, is left out
/// with one warning.
///
/// ```
/// powertools_lambda_tracer::metadata("cart", ["book", "pen"]);
/// ```
pub fn metadata(key: &str, value: impl Serialize) {
    add_metadata(None, key, &value);
}

/// Adds to the current span's metadata under a namespace of its own; otherwise as [`metadata`].
pub fn metadata_in(namespace: &str, key: &str, value: impl Serialize) {
    add_metadata(Some(namespace), key, &value);
}

/// Marks the current span as failed with this error and its `source()` chain.
///
/// Goes where [`annotate`] goes. `#[instrument(err)]` does it by itself; this is for errors that are handled.
///
/// ```
/// if let Err(error) = "x".parse::<u8>() {
///     powertools_lambda_tracer::record_error(&error);
/// }
/// ```
pub fn record_error(error: &(dyn Error + 'static)) {
    // The error's own code runs before anything is locked.
    with_current(|recording, span| recording.fail(span, || ErrorReport::new(error)));
}

fn add_metadata(namespace: Option<&str>, key: &str, value: &impl Serialize) {
    with_current(|recording, span| {
        if let Some(json) = to_json(recording, key, value) {
            put_metadata(recording, span, namespace, key, &json);
        }
    });
}

/// Serialises a value for the metadata; one that cannot be is left out with one warning.
///
/// The value's own code runs before anything is locked, and its panic is not the function's.
pub(crate) fn to_json(recording: &Recording, key: &str, value: &impl Serialize) -> Option<Vec<u8>> {
    let problem = match catch_unwind(AssertUnwindSafe(|| serde_json::to_vec(value))) {
        Ok(Ok(json)) => return Some(json),
        Ok(Err(error)) => error.to_string(),
        Err(_) => "it panicked when it was serialised".to_owned(),
    };
    let warnings = recording.tracer().host.warnings();
    warnings.once(
        &format!("metadata {key}"),
        format_args!("metadata {key:?} is left out: {problem}"),
    );
    None
}

/// Adds to the metadata of a span.
pub(crate) fn put_metadata(recording: &Recording, span: &OpenSpan, namespace: Option<&str>, key: &str, json: &[u8]) {
    let result = span.change(|record| record.set_metadata(namespace, key, |buffer| buffer.extend_from_slice(json)));
    if let Some(Err(refusal)) = result {
        warn(recording.tracer().host.warnings(), key, refusal);
    }
}

pub(crate) fn warn(warnings: &Warnings, key: &str, refusal: Refusal) {
    warnings.once(
        &format!("{refusal:?} {key}"),
        format_args!("{key:?} is left out of the trace: {refusal}"),
    );
}
