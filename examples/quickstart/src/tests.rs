//! Tests of the function: its responses, logs, metrics and traces.

#![allow(clippy::float_cmp)] // counts are whole numbers

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_lambda_events::apigw::ApiGatewayProxyResponse;
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use aws_smithy_http_client::test_util::infallible_client_fn;
use http::Extensions;
use lambda_runtime::{Diagnostic, service_fn};
use powertools_lambda::test_util::{LoggedRecord, TestFunction, events};
use reqwest_middleware::{ClientBuilder, Middleware, Next};
use serde_json::{Value, json};

use crate::handler;
use crate::shop::{Addresses, Shop};

/// Answers for the payment provider, without a network: the card 0000 is declined.
struct FakeProvider;

#[async_trait::async_trait]
impl Middleware for FakeProvider {
    async fn handle(
        &self,
        request: reqwest::Request,
        _: &mut Extensions,
        _: Next<'_>,
    ) -> reqwest_middleware::Result<reqwest::Response> {
        let charge = request.body().and_then(reqwest::Body::as_bytes).unwrap_or_default();
        let status = if charge == br#"{"card":"0000"}"# { 402 } else { 200 };
        let response = http::Response::builder().status(status).body("").unwrap();
        Ok(response.into())
    }
}

/// Returns the function with the variables of the template.
fn function() -> TestFunction {
    TestFunction::builder()
        .var("POWERTOOLS_SERVICE_NAME", "orders")
        .var("POWERTOOLS_METRICS_NAMESPACE", "Quickstart")
        .build()
}

/// Returns a shop in which every call succeeds, except for a charge of the card 0000.
fn shop(test: &TestFunction) -> Shop {
    let aws = infallible_client_fn(|_| http::Response::new("{}"));
    let credentials = Credentials::new("AKID", "secret", None, None, "test");
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .http_client(aws)
        .build();
    let addresses = Addresses {
        payments_url: "https://payments.example/charges".to_owned(),
        orders_table: "orders".to_owned(),
        shipments_queue: "https://sqs.eu-west-1.amazonaws.com/123456789012/shipments".to_owned(),
    };
    let tracer = test.powertools().tracer();
    let http = ClientBuilder::new(reqwest::Client::new())
        .with(tracer.http_layer())
        .with(FakeProvider);
    Shop::new(tracer, &sdk, http.build(), addresses)
}

async fn place(test: &TestFunction, order: &Value) -> Result<(i64, Value), Diagnostic> {
    let shop = shop(test);
    let event = events::api_gateway_rest("POST", "/orders").json_body(order);
    let handler = service_fn(|event| handler(shop.clone(), event));
    let response: ApiGatewayProxyResponse = test.invoke(handler, event).await?;
    let body = serde_json::from_slice(response.body.as_deref().unwrap_or_default()).unwrap();
    Ok((response.status_code, body))
}

#[tokio::test]
async fn an_order_is_paid_saved_and_confirmed() {
    let test = function();
    let order = json!({"id": "A-1", "item": "book", "quantity": 2, "card": "4242"});
    let (status, body) = place(&test, &order).await.unwrap();
    assert_eq!((status, body), (201, json!({"order": "A-1", "receipt": "R-A-1"})));

    let records = test.records();
    let messages: Vec<_> = records.iter().map(LoggedRecord::message).collect();
    assert_eq!(messages, ["collecting payment", "order placed"]);
    for record in &records {
        assert_eq!(
            (&record["service"], &record["order_id"]),
            (&json!("orders"), &json!("A-1"))
        );
    }
    // The order is logged without the card.
    assert_eq!(records[0]["order"], json!({"id": "A-1", "item": "book", "quantity": 2}));
    assert_eq!(records[1]["receipt"], "R-A-1");

    let metrics = test.metrics();
    assert_eq!((metrics.sum("OrdersReceived"), metrics.sum("OrdersPlaced")), (1.0, 1.0));
    assert_eq!(metrics.get("OrdersRefused"), None);
    let placed = metrics.metric("OrdersPlaced");
    assert_eq!((placed.namespace(), placed.unit()), ("Quickstart", "Count"));
    assert_eq!(placed.dimension("service"), Some("orders"));

    let (handler, charge, save) = (test.span("handler"), test.span("charge"), test.span("save"));
    assert_eq!(handler.annotation("item").unwrap(), "book");
    assert_eq!(charge.annotation("quantity").unwrap(), 2);
    assert_eq!((charge.parent_id(), save.parent_id()), (handler.id(), handler.id()));
    let payment = test.span("payments.example");
    assert_eq!(
        (payment.parent_id(), payment.http().unwrap().status),
        (charge.id(), Some(200))
    );
    for (service, operation) in [("DynamoDB", "PutItem"), ("SQS", "SendMessage")] {
        let call = test.span(service);
        assert_eq!(
            (call.parent_id(), &*call.aws().unwrap().operation),
            (save.id(), operation)
        );
    }
}

#[tokio::test]
async fn a_declined_card_fails_the_invocation_and_nothing_is_saved() {
    let test = function();
    let order = json!({"id": "A-4", "item": "bicycle", "quantity": 1, "card": "0000"});
    let error = place(&test, &order).await.unwrap_err();
    assert_eq!(error.error_message, "payment of order A-4 failed");

    let failure = test.record("handler failed");
    assert_eq!(
        (failure.level(), failure.exception_name()),
        ("ERROR", Some("PaymentError"))
    );
    assert_eq!(
        failure.exception(),
        Some("payment of order A-4 failed: card was declined")
    );
    assert_eq!(failure["order_id"], "A-4");

    assert_eq!(test.metrics().sum("OrdersReceived"), 1.0);
    assert_eq!(test.metrics().get("OrdersPlaced"), None);

    let (handler, charge) = (test.span("handler"), test.span("charge"));
    assert!(handler.is_fault() && charge.is_fault());
    assert_eq!(
        charge.errors()[0].message(),
        "payment of order A-4 failed: card was declined"
    );
    // The provider refused the request; it did not fail.
    let payment = test.span("payments.example");
    assert!(payment.is_error() && !payment.is_fault());
    assert!(test.spans().iter().all(|span| span.name() != "save"));
}

#[tokio::test]
async fn an_invalid_order_is_refused_with_the_reason() {
    let empty = json!({"id": "A-3", "item": "book", "quantity": 0, "card": "4242"});
    for (order, reason) in [
        (empty, "an order must have at least one item"),
        (
            json!({"id": "A-3"}),
            "the order is not valid JSON: missing field `item` at line 1 column 12",
        ),
        (
            json!({"card": 4_111_111_111_111_111_u64}),
            "the order is not valid JSON: invalid type, expected a string at line 1 column 24",
        ),
    ] {
        let test = function();
        let (status, body) = place(&test, &order).await.unwrap();
        assert_eq!((status, body), (400, json!({ "error": reason })));

        let record = test.record("order refused");
        assert_eq!((record.level(), &record["reason"]), ("WARN", &json!(reason)));
        assert_eq!(test.metrics().sum("OrdersRefused"), 1.0);
        assert!(!test.span("handler").is_fault());
    }
}

#[tokio::test]
async fn only_the_first_invocation_is_a_cold_start() {
    let test = function();
    let order = json!({"id": "A-1", "item": "book", "quantity": 1, "card": "4242"});
    for _ in 0..2 {
        place(&test, &order).await.unwrap();
    }
    let cold: Vec<_> = test
        .records()
        .iter()
        .map(|record| record["cold_start"] == true)
        .collect();
    assert_eq!(cold, [true, true, false, false]);
    assert_eq!(test.metrics().sum("ColdStart"), 1.0);
    assert_eq!(test.metrics().sum("OrdersPlaced"), 2.0);
}
