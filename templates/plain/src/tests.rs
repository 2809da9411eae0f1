//! Invocations as Lambda makes them, and what the function answers, logs, counts and traces.

use lambda_runtime::service_fn;
use powertools_lambda::test_util::{TestFunction, events};
use serde_json::{Value, json};

use super::handler;

#[tokio::test]
async fn an_order_is_placed() {
    let test = TestFunction::new();
    let event = events::json(&json!({"id": "A-1", "tenant": "acme"}));
    let receipt: Value = test.invoke(service_fn(handler), event).await.unwrap();

    assert_eq!(receipt, json!({"order": "A-1"}));
    assert_eq!(test.record("collecting payment")["order_id"], "A-1");
    assert_eq!(test.metrics().sum("OrdersPlaced"), 1.0);
    assert_eq!(test.span("charge").annotation("tenant").unwrap(), "acme");
}

#[tokio::test]
async fn an_order_without_a_tenant_fails() {
    let test = TestFunction::new();
    let event = events::json(&json!({"id": "A-2", "tenant": ""}));
    let result: Result<Value, _> = test.invoke(service_fn(handler), event).await;

    assert_eq!(result.unwrap_err().error_message, "the order has no tenant");
    assert_eq!(test.metrics().sum("OrdersPlaced"), 0.0);
    assert!(test.span("charge").is_fault());
}
