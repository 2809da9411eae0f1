//! How `TracerUtility` adds values to spans and warns about those that cannot be added.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use powertools_lambda_core::{HttpFacts, Invocation};
use serde::Serialize;

use super::TracerUtility;
use crate::AnnotationValue;
use crate::trace::OpenSpan;

thread_local! {
    /// The buffer for values in JSON.
    static JSON: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// How large the buffer may be to be reused, in bytes.
const MAX_REUSED: usize = 8_192;

/// The annotation for the route of the request that the handler answers.
const ROUTE: &str = "http_route";

impl TracerUtility {
    /// Adds an annotation to a span.
    pub(crate) fn annotate(&self, span: &OpenSpan, key: &str, value: &AnnotationValue<'_>) {
        if let Some(Err(refusal)) = span.change(|record| record.annotate(key, value)) {
            refusal.warn(key, self.environment.warnings());
        }
    }

    /// Adds an annotation to the current span, if the invocation is recorded.
    pub(crate) fn annotate_current_span(key: &str, value: &AnnotationValue<'_>) {
        // No reference is counted, because no foreign code runs before the warning.
        let annotated = Invocation::with_current(|invocation| {
            let (_, trace) = Self::of(invocation)?;
            trace.change_current_span(|record| record.annotate(key, value))
        });
        if let Some(Some(Err(refusal))) = annotated {
            Self::with_current_span(|tracer, _| refusal.warn(key, tracer.environment.warnings()));
        }
    }

    /// Serialises a value for the metadata and passes it on; if that fails, there is one warning.
    ///
    /// The value's code runs before anything is locked, and its panic is caught.
    pub(crate) fn with_json(&self, key: &str, value: &impl Serialize, then: impl FnOnce(&[u8])) {
        // Taken out, because the value's code may add metadata, too.
        let mut json = JSON.take();
        json.clear();
        let serialised = catch_unwind(AssertUnwindSafe(|| serde_json::to_writer(&mut json, value)));
        let problem = match serialised {
            Ok(Ok(())) => {
                then(&json);
                if json.capacity() <= MAX_REUSED {
                    JSON.set(json);
                }
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it panicked while it was serialised".to_owned(),
        };
        self.environment.warnings().once(
            &format!("metadata {key}"),
            format_args!("metadata {key:?} is left out: {problem}"),
        );
    }

    /// Adds a value in JSON to the metadata of a span.
    pub(crate) fn set_metadata(&self, span: &OpenSpan, namespace: Option<&str>, key: &str, json: &[u8]) {
        let result = span.change(|record| record.set_metadata(namespace, key, |buffer| buffer.extend_from_slice(json)));
        if let Some(Err(refusal)) = result {
            refusal.warn(key, self.environment.warnings());
        }
    }

    /// Records the HTTP request that the handler answers; a second call adds to the first.
    pub(super) fn show_request(&self, handler: &OpenSpan, facts: &HttpFacts<'_>) {
        handler.change(|record| {
            let http = record.http_mut();
            facts.method.clone_into(&mut http.method);
            facts.url.clone_into(&mut http.url);
            http.content_length = facts.content_length.or(http.content_length);
            if let Some(status) = facts.status {
                record.set_status(status);
            }
        });
        if let Some(route) = facts.route {
            self.annotate(handler, ROUTE, &route.into());
        }
    }
}
