//! Requests as API Gateway sends them, and what the function answers, logs, counts and traces.

use powertools_lambda::test_util::{TestFunction, events};
use serde_json::{Value, json};

use super::router;

#[tokio::test]
async fn an_order_is_placed() {
    let test = TestFunction::new();
    let order = json!({"item": "book", "quantity": 2});
    let event = events::api_gateway_http("POST", "/orders").json_body(&order);
    let response = test.request(router(), event).await.unwrap();

    assert_eq!(response.status(), 201);
    let body: Value = serde_json::from_slice(response.body()).unwrap();
    assert_eq!(body["id"], "book-1");
    let record = test.record("order placed");
    assert_eq!(
        (&record["item"], &record["quantity"]),
        (&json!("book"), &json!(2))
    );
    assert_eq!(test.metrics().sum("OrdersPlaced"), 1.0);
    assert!(!test.span("save").is_fault());
}

#[tokio::test]
async fn an_order_without_items_is_refused() {
    let test = TestFunction::new();
    let order = json!({"item": "book", "quantity": 0});
    let event = events::api_gateway_http("POST", "/orders").json_body(&order);
    let response = test.request(router(), event).await.unwrap();

    assert_eq!(response.status(), 422);
    assert_eq!(test.metrics().sum("OrdersPlaced"), 0.0);
}

#[tokio::test]
async fn a_request_that_is_not_an_order_is_refused() {
    let test = TestFunction::new();
    let event = events::api_gateway_http("POST", "/orders").json_body(&json!({"item": "book"}));
    assert_eq!(test.request(router(), event).await.unwrap().status(), 422);
}

#[tokio::test]
async fn an_order_is_found_in_its_trace() {
    let test = TestFunction::new();
    let response = test
        .request(router(), events::api_gateway_http("GET", "/orders/book-1"))
        .await
        .unwrap();

    assert_eq!(response.status(), 200);
    let handler = test.span("handler");
    assert_eq!(handler.annotation("order_id").unwrap(), "book-1");
    assert_eq!(handler.annotation("http_route").unwrap(), "/orders/{id}");
}
