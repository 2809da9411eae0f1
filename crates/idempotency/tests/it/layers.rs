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
