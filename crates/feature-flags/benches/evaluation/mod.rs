//! A feature with five rules of three conditions, and a document of 1,000 features.
#![allow(clippy::unwrap_used)] // a program for a terminal

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use powertools_lambda_feature_flags::{DocumentFormat, EvaluationContext, FeatureFlags, Snapshot, TextSource};
use serde::Serialize;
use serde_json::{Value, json};

/// A context as a struct, which is converted in each call.
#[derive(Serialize)]
pub(crate) struct Caller {
    tier: &'static str,
    country: &'static str,
    user: &'static str,
    items: u32,
    groups: [&'static str; 2],
    bucket: u8,
}

pub(crate) const CALLER: Caller = Caller {
    tier: "premium",
    country: "DE",
    user: "user-4711",
    items: 3,
    groups: ["dev", "admin"],
    bucket: 29,
};

pub(crate) fn context() -> EvaluationContext {
    EvaluationContext::from_serialize(&CALLER).unwrap()
}

/// Returns five rules of three conditions; the last condition of the last rule is the first that decides for the feature.
fn feature(last: &Value) -> Value {
    let condition = |action: &str, key: &str, value: Value| json!({"action": action, "key": key, "value": value});
    let rules = [
        [
            condition("EQUALS", "tier", json!("premium")),
            condition("IN", "country", json!(["DE", "AT", "CH"])),
            condition("KEY_GREATER_THAN_VALUE", "items", json!(10)),
        ],
        [
            condition("STARTSWITH", "user", json!("user-")),
            condition("NOT_EQUALS", "tier", json!("basic")),
            condition("ENDSWITH", "user", json!("-12")),
        ],
        [
            condition("VALUE_IN_KEY", "groups", json!("dev")),
            condition("KEY_LESS_THAN_OR_EQUAL_VALUE", "items", json!(3)),
            condition("NOT_IN", "country", json!(["DE", "FR"])),
        ],
        [
            condition("ANY_IN_VALUE", "groups", json!(["admin", "owner"])),
            condition("EQUALS", "country", json!("DE")),
            condition("EQUALS", "bucket", json!(3)),
        ],
        [
            condition("EQUALS", "tier", json!("premium")),
            condition("ALL_IN_VALUE", "groups", json!(["admin", "dev", "owner"])),
            last.clone(),
        ],
    ];
    let rules = rules.iter().enumerate().map(|(at, conditions)| {
        let rule = json!({"when_match": true, "conditions": conditions});
        (format!("rule {at}"), rule)
    });
    json!({"default": false, "rules": Value::Object(rules.collect())})
}

fn modulo() -> Value {
    json!({"action": "MODULO_RANGE", "key": "bucket", "value": {"BASE": 100, "START": 0, "END": 29}})
}

/// Every minute of the day, so that it matches whenever the benchmark runs.
fn schedule() -> Value {
    let value = json!({"START": "00:00", "END": "23:59", "TIMEZONE": "Europe/Berlin"});
    json!({"action": "SCHEDULE_BETWEEN_TIME_RANGE", "key": "CURRENT_TIME", "value": value})
}

pub(crate) fn flags() -> FeatureFlags<TextSource> {
    let document = json!({"plain": feature(&modulo()), "scheduled": feature(&schedule())});
    handle(&document.to_string()).1
}

/// Returns a handle, and the source to replace the document.
fn handle(document: &str) -> (TextSource, FeatureFlags<TextSource>) {
    let source = TextSource::new(document).format(DocumentFormat::Powertools);
    (source.clone(), FeatureFlags::new(source))
}

pub(crate) fn snapshot<'a>(flags: &'a FeatureFlags<TextSource>, context: &'a EvaluationContext) -> Snapshot<'a> {
    ready(flags.snapshot(context)).unwrap()
}

pub(crate) fn evaluate(snapshot: &Snapshot<'_>, name: &str) -> bool {
    snapshot.is_enabled(name)
}

pub(crate) fn is_enabled(flags: &FeatureFlags<TextSource>, context: &EvaluationContext) -> bool {
    ready(flags.is_enabled("plain", context))
}

pub(crate) fn is_enabled_with_struct(flags: &FeatureFlags<TextSource>, caller: &Caller) -> bool {
    ready(flags.is_enabled("plain", caller))
}

/// A document of 1,000 features of one rule with two conditions each.
pub(crate) fn large() -> String {
    let rule = json!({"when_match": true, "conditions": [
        {"action": "EQUALS", "key": "tier", "value": "premium"},
        {"action": "IN", "key": "country", "value": ["DE", "AT", "CH"]},
    ]});
    let features = (0..1_000).map(|number| {
        (
            format!("feature-{number}"),
            json!({"default": false, "rules": {"r": rule}}),
        )
    });
    Value::Object(features.collect()).to_string()
}

/// Compiles a document for the first time.
pub(crate) fn compile(document: &str) -> bool {
    let (_, flags) = handle(document);
    ready(flags.is_enabled("feature-7", &context()))
}

/// Polls once, because a source in memory is ready immediately.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("the source is not ready"),
    }
}
