//! Facts from other utilities on the records of the invocation.

use std::convert::Infallible;

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_core::{Environment, Fact, HttpFacts, Invocation, InvocationLayer, Value};
use powertools_lambda_logger::{self as logger, Logger};
use serde_json::{Value as Json, json};
use tower::{Layer, ServiceExt, service_fn};
use tracing::info;
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{builder, environment, records};

/// Runs `f` as a handler inside the logger's layer and returns the records.
fn invoked(environment: &TestEnvironment, logger: &Logger, layer: &InvocationLayer, f: fn(&Invocation)) -> Vec<Json> {
    let handler = service_fn(move |_: LambdaInvocation| {
        f(&Invocation::current().unwrap());
        std::future::ready(Ok::<(), Infallible>(()))
    });
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let Ok(()) = runtime.block_on(layer.layer(handler).oneshot(request(context(), "{}")));
    });
    records(environment)
}

fn recorded(f: fn(&Invocation)) -> Vec<Json> {
    let environment = environment();
    let logger = builder(&environment).build();
    invoked(&environment, &logger, &logger.invocation_layer(), f)
}

fn tell_key<'a>(invocation: &Invocation, key: &'a str, value: impl Into<Value<'a>>) {
    invocation.tell(&Fact::Key {
        key,
        value: value.into(),
    });
}

#[test]
fn a_key_is_on_all_further_records_with_its_value_as_json() {
    let records = recorded(|invocation| {
        info!("before");
        tell_key(invocation, "order \"id\"", "A-\"1\"");
        tell_key(invocation, "items", -3_i64);
        tell_key(invocation, "large", u64::MAX);
        tell_key(invocation, "total", 12.5);
        tell_key(invocation, "nothing", f64::NAN);
        tell_key(invocation, "express", true);
        info!("after");
        tell_key(invocation, "items", 4_i64);
        info!(total = "the event's", "again");
    });
    let expected = [
        ("order \"id\"", json!("A-\"1\"")),
        ("items", json!(-3)),
        ("large", json!(u64::MAX)),
        ("total", json!(12.5)),
        ("nothing", Json::Null),
        ("express", json!(true)),
    ];
    for (key, value) in &expected {
        assert!(records[0].get(key).is_none(), "{key}");
        assert_eq!(records[1].get(key), Some(value), "{key}");
    }
    assert_eq!(
        (&records[2]["items"], &records[2]["total"]),
        (&json!(4), &json!("the event's"))
    );
}

#[test]
fn a_key_is_bounded_and_removed_as_an_appended_one() {
    let records = recorded(|invocation| {
        for number in 0..200 {
            tell_key(invocation, &format!("key{number}"), number);
        }
        tell_key(invocation, "key0", "a known one may change");
        info!("128");
        logger::clear_keys();
        tell_key(invocation, "large", &*"x".repeat(100_000));
        tell_key(invocation, "small", 1);
        tell_key(invocation, "removed", 2);
        logger::remove_key("removed");
        info!("bounded");
    });
    let keys = records[0].as_object().unwrap().keys();
    assert_eq!(keys.filter(|key| key.starts_with("key")).count(), 128);
    assert_eq!(records[0]["key0"], "a known one may change");
    assert_eq!((records[1].get("large"), &records[1]["small"]), (None, &json!(1)));
    assert!(records[1].get("removed").is_none());
}

#[test]
fn a_request_is_shown_by_method_route_and_status() {
    let records = recorded(|invocation| {
        let facts = HttpFacts::new("GET", "https://example.com/orders/7");
        invocation.tell(&Fact::Http(facts.clone()));
        info!("the route is not known");
        invocation.tell(&Fact::Http(facts.clone().route("/orders/{id}")));
        info!("the route is known");
        invocation.tell(&Fact::Http(facts.route("/orders/{id}").status(404).content_length(12)));
        info!("answered");
    });
    let http = |record: &Json| {
        let keys = record.as_object().unwrap().iter();
        keys.filter(|(key, _)| key.starts_with("http"))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect::<Json>()
    };
    assert_eq!(
        http(&records[0]),
        json!({"http_method": "GET", "http_url": "https://example.com/orders/7"})
    );
    assert_eq!(
        http(&records[1]),
        json!({"http_method": "GET", "http_route": "/orders/{id}"})
    );
    assert_eq!(
        http(&records[2]),
        json!({"http_method": "GET", "http_route": "/orders/{id}", "http_status": 404})
    );
}

#[test]
fn what_is_not_for_records_is_not_on_them() {
    let records = recorded(|invocation| {
        invocation.tell(&Fact::Annotation {
            key: "order_id",
            value: 7.into(),
        });
        invocation.tell(&Fact::Count {
            name: "orders",
            value: 1.0,
        });
        info!("none");
    });
    assert!(records[0].get("order_id").is_none() && records[0].get("orders").is_none());
}

#[test]
fn without_a_logger_nothing_happens() {
    let environment = environment();
    let logger = builder(&environment).build();
    // Only another utility takes part in the invocation; the logger only writes records.
    let layer = InvocationLayer::new(Environment::clone(environment.environment()));
    let records = invoked(&environment, &logger, &layer, |invocation| {
        tell_key(invocation, "order_id", 7);
        invocation.tell(&Fact::Http(HttpFacts::new("GET", "https://example.com/")));
        info!("none");
    });
    assert_eq!(records.len(), 1);
    assert!(records[0].get("order_id").is_none() && records[0].get("http_method").is_none());
    assert_eq!(environment.warnings(), [""; 0]);
}
