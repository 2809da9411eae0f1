//! Handles on documents in memory, and a context.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_feature_flags::{DocumentError, DocumentFormat, FeatureFlags, TextSource, ToContext};
use serde_json::{Value, json};

pub(crate) fn flags(document: &Value, environment: &TestEnvironment) -> FeatureFlags<TextSource> {
    let source = TextSource::new(document.to_string());
    FeatureFlags::builder(source).environment(environment).build()
}

/// Returns whether a condition matches.
pub(crate) async fn matches(condition: &Value, context: &(impl ToContext + Sync + ?Sized)) -> bool {
    matches_in(condition, context, &TestEnvironment::new()).await
}

pub(crate) async fn matches_in(
    condition: &Value,
    context: &(impl ToContext + Sync + ?Sized),
    environment: &TestEnvironment,
) -> bool {
    let flags = flags(&with_conditions(&json!([condition])), environment);
    flags.snapshot(context).await.unwrap().is_enabled("f")
}

/// Returns a document with one feature `f`, whose rule `r` has these conditions.
pub(crate) fn with_conditions(conditions: &Value) -> Value {
    json!({ "f": { "default": false, "rules": { "r": { "when_match": true, "conditions": conditions } } } })
}

/// Returns what is wrong with a document.
pub(crate) async fn refused(document: &str, format: Option<DocumentFormat>) -> Option<DocumentError> {
    let source = TextSource::new(document);
    let source = match format {
        Some(format) => source.format(format),
        None => source,
    };
    let flags = FeatureFlags::builder(source)
        .environment(&TestEnvironment::new())
        .build();
    let error = flags.snapshot(&()).await.err()?;
    Some(error.document().unwrap().clone())
}
