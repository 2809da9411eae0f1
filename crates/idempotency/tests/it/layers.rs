//! The layers around a handler.

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_idempotency::{IdempotencyError, IdempotencyLayer, Key, MemoryStore, PointerLayer, Record};
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::{RawValue, to_raw_value};
use tower::{Service, ServiceBuilder, ServiceExt};

use crate::common::{builder, context_with};

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Order {
    id: String,
    amount: f64,
}

/// Answers with the number of its call.
fn handler<A>(
    calls: &std::sync::Arc<std::sync::atomic::AtomicU32>,
) -> impl Service<LambdaEvent<A>, Response = u32, Error = Error, Future: Send> + Clone + Send + 'static
where
    A: Send + 'static,
{
    let calls = calls.clone();
    service_fn(move |_: LambdaEvent<A>| {
        let call = calls.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
        async move { Ok::<_, Error>(call) }
    })
}

#[tokio::test]
async fn a_handler_is_called_once_per_key_of_its_typed_event() {
    let (test, store, calls) = (TestEnvironment::new(), MemoryStore::new(), std::sync::Arc::default());
    let key = |event: &LambdaEvent<Order>| Key::new(&event.payload.id).payload(&event.payload.amount);
    let layer = IdempotencyLayer::new(builder(store.clone(), &test).build(), key);
    let mut service = ServiceBuilder::new()
        .layer(layer.on_replay(|answer: u32, _: &Record| answer + 100))
        .service(handler::<Order>(&calls));
    let context = context_with(&test, Duration::from_secs(5));
    let mut send = async |id: &str, amount: f64| {
        let order = Order {
            id: id.to_owned(),
            amount,
        };
        service
            .ready()
            .await
            .unwrap()
            .call(LambdaEvent::new(order, context.clone()))
            .await
    };
    assert_eq!(send("o-1", 1.0).await.unwrap(), 1);
    assert_eq!(send("o-1", 1.0).await.unwrap(), 101);
    assert_eq!(send("o-2", 1.0).await.unwrap(), 2);
    let error = send("o-1", 2.0).await.unwrap_err();
    assert!(
        error.downcast_ref::<IdempotencyError>().unwrap().is_payload_mismatch(),
        "{error}"
    );
    let now = test.clock().timestamp().as_millis();
    assert_eq!(
        store.records()[0].1.locked_until,
        Some(now + 6_000),
        "the deadline is that of the event's context"
    );
}

#[tokio::test]
async fn a_key_is_found_in_the_raw_event() {
    let (test, calls) = (TestEnvironment::new(), std::sync::Arc::default());
    let layer =
        PointerLayer::<serde_json::Value>::new(builder(MemoryStore::new(), &test).build(), ["/body/id", "/user"])
            .unwrap()
            .payload(["/body/amount"])
            .unwrap();
    let mut service = ServiceBuilder::new()
        .layer(layer)
        .service(handler::<serde_json::Value>(&calls));
    let mut send = async |user: &str, body: &str| {
        let event: Box<RawValue> =
            to_raw_value(&json!({"user": user, "body": body, "time": test.clock().timestamp().as_millis()})).unwrap();
        test.clock().advance(Duration::from_secs(1));
        service
            .ready()
            .await
            .unwrap()
            .call(LambdaEvent::new(event, lambda_runtime::Context::default()))
            .await
    };
    assert_eq!(send("a", r#"{"id": 7, "amount": 1.50}"#).await.unwrap(), 1);
    assert_eq!(send("a", r#"{"amount": 1.50, "id":7}"#).await.unwrap(), 1);
    assert_eq!(send("b", r#"{"id": 7, "amount": 1.50}"#).await.unwrap(), 2);
    assert!(
        send("a", r#"{"id": 7, "amount": 1.51}"#)
            .await
            .unwrap_err()
            .to_string()
            .contains("not its payload")
    );
}

/// An HTTP API encodes each body whose type it does not know as text, such as `application/vnd.api+json`.
#[tokio::test]
async fn the_key_and_the_payload_are_found_in_an_encoded_body() {
    use base64::Engine;
    let (test, calls) = (TestEnvironment::new(), std::sync::Arc::default());
    let layer =
        PointerLayer::<serde_json::Value>::new(builder(MemoryStore::new(), &test).build(), ["/account", "/body/id"])
            .unwrap()
            .payload(["/body/amount"])
            .unwrap();
    let service = ServiceBuilder::new()
        .layer(layer)
        .service(handler::<serde_json::Value>(&calls));
    let send = async |body: &str| {
        let body = base64::engine::general_purpose::STANDARD.encode(body);
        let event = json!({"account": "123456789012", "isBase64Encoded": true, "body": body});
        let event = LambdaEvent::new(to_raw_value(&event).unwrap(), lambda_runtime::Context::default());
        service.clone().oneshot(event).await.map_err(|error| error.to_string())
    };
    assert_eq!(send(r#"{"id": "o-1", "amount": 1}"#).await, Ok(1));
    assert_eq!(send(r#"{"id": "o-2", "amount": 1}"#).await, Ok(2));
    assert_eq!(send(r#"{"amount": 1, "id": "o-1"}"#).await, Ok(1));
    assert!(
        send(r#"{"id": "o-1", "amount": 2}"#)
            .await
            .unwrap_err()
            .contains("not its payload")
    );
    // A form has no members. All forms would have the same key.
    assert!(
        send("id=o-3")
            .await
            .unwrap_err()
            .contains("the idempotency key is missing")
    );
}

#[tokio::test]
async fn a_payload_that_is_not_json_is_an_error_and_not_the_same_for_all() {
    let (test, calls) = (TestEnvironment::new(), std::sync::Arc::default());
    let layer = PointerLayer::<serde_json::Value>::new(builder(MemoryStore::new(), &test).build(), ["/id"])
        .unwrap()
        .payload(["/body/amount"])
        .unwrap();
    let service = ServiceBuilder::new()
        .layer(layer)
        .service(handler::<serde_json::Value>(&calls));
    let event = to_raw_value(&json!({"id": "o-1", "body": "amount=1"})).unwrap();
    let error = service
        .oneshot(LambdaEvent::new(event, lambda_runtime::Context::default()))
        .await
        .unwrap_err();
    assert!(
        error.to_string().contains("a text that is not a JSON object"),
        "{error}"
    );
    assert_eq!(calls.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[tokio::test]
async fn an_event_that_does_not_decode_locks_no_key() {
    let (test, store, calls) = (TestEnvironment::new(), MemoryStore::new(), std::sync::Arc::default());
    let layer = PointerLayer::<Order>::new(builder(store.clone(), &test).build(), ["/id"]).unwrap();
    let service = ServiceBuilder::new().layer(layer).service(handler::<Order>(&calls));
    let event = to_raw_value(&json!({"id": "o-7"})).unwrap();
    let error = service
        .oneshot(LambdaEvent::new(event, lambda_runtime::Context::default()))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("missing field `amount`"), "{error}");
    assert!(store.records().is_empty());
}

#[tokio::test]
async fn a_repeated_number_is_the_same_key_however_the_type_reads_it() {
    // The type rounds both to one value; the raw event does not.
    let (test, calls) = (TestEnvironment::new(), std::sync::Arc::default());
    let layer = PointerLayer::<Order>::new(builder(MemoryStore::new(), &test).build(), ["/amount"]).unwrap();
    let service = ServiceBuilder::new().layer(layer).service(handler::<Order>(&calls));
    for (amount, call) in [
        ("9007199254740993", 1),
        ("9007199254740992", 2),
        ("9007199254740993", 1),
    ] {
        let event: Box<RawValue> = serde_json::from_str(&format!(r#"{{"id": "a", "amount": {amount}}}"#)).unwrap();
        let answer = service
            .clone()
            .oneshot(LambdaEvent::new(event, lambda_runtime::Context::default()))
            .await;
        assert_eq!(answer.unwrap(), call, "{amount}");
    }
}
