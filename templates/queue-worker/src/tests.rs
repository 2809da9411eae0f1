//! Batches as SQS delivers them, and what the function answers, logs, counts and traces.

use lambda_runtime::service_fn;
use powertools_lambda::test_util::{TestFunction, events};
use serde_json::Value;

use super::handler;

const PAID: &str = r#"{"id": "A-1", "amount": 12.5}"#;

#[tokio::test]
async fn an_order_is_charged() {
    let test = TestFunction::new();
    let event = events::sqs().message(PAID);
    let response: Value = test.invoke(service_fn(handler), event).await.unwrap();

    assert_eq!(failed(&response), 0);
    assert_eq!(test.record("order charged")["order_id"], "A-1");
    assert_eq!(test.metrics().sum("OrdersCharged"), 1.0);
    assert_eq!(test.span("charge").annotation("order_id").unwrap(), "A-1");
}

#[tokio::test]
async fn only_what_failed_is_delivered_again() {
    for bad in ["not an order", r#"{"id": "A-2", "amount": 0}"#] {
        let test = TestFunction::new();
        let event = events::sqs().message(PAID).message(bad);
        let response: Value = test.invoke(service_fn(handler), event).await.unwrap();

        assert_eq!(failed(&response), 1, "{bad}");
        assert_eq!(test.metrics().sum("OrdersCharged"), 1.0, "{bad}");
    }
}

/// Returns how many messages SQS delivers again.
fn failed(response: &Value) -> usize {
    response["batchItemFailures"].as_array().map_or(0, Vec::len)
}
