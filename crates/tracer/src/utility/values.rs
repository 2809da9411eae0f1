//! What is added to a span, with one warning for what cannot be.

use std::panic::{AssertUnwindSafe, catch_unwind};

use powertools_lambda_core::HttpFacts;
use serde::Serialize;

use super::TracerUtility;
use crate::AnnotationValue;
use crate::trace::OpenSpan;

/// The annotation with the route of the request that the handler answers.
const ROUTE: &str = "http_route";

impl TracerUtility {
    /// Annotates a span.
    pub(crate) fn annotate(&self, span: &OpenSpan, key: &str, value: &AnnotationValue<'_>) {
        if let Some(Err(refusal)) = span.change(|record| record.annotate(key, value)) {
            refusal.warn(key, self.environment.warnings());
        }
    }

    /// Serialises a value for the metadata; one that cannot be is left out with one warning.
    ///
    /// The value's own code runs before anything is locked, and its panic is not the function's.
    pub(crate) fn to_json(&self, key: &str, value: &impl Serialize) -> Option<Vec<u8>> {
        let problem = match catch_unwind(AssertUnwindSafe(|| serde_json::to_vec(value))) {
            Ok(Ok(json)) => return Some(json),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it panicked when it was serialised".to_owned(),
        };
        self.environment.warnings().once(
            &format!("metadata {key}"),
            format_args!("metadata {key:?} is left out: {problem}"),
        );
        None
    }

    /// Adds JSON to the metadata of a span.
    pub(crate) fn set_metadata(&self, span: &OpenSpan, namespace: Option<&str>, key: &str, json: &[u8]) {
        let result = span.change(|record| record.set_metadata(namespace, key, |buffer| buffer.extend_from_slice(json)));
        if let Some(Err(refusal)) = result {
            refusal.warn(key, self.environment.warnings());
        }
    }

    /// Shows the HTTP request that the handler answers in its span. Told again, it adds to what is known.
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
