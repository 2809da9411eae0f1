//! The testing kit itself: what a test sees of its function.

#![allow(clippy::float_cmp)] // sums of small whole numbers

use powertools_lambda::logger::CorrelationIdPath;
use powertools_lambda::parameters::Parameters;
use powertools_lambda::test_util::{LoggedRecord, MapProvider, traced_context};
use tracing::Level;

// example: handler
use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda::metrics::{self, Unit};
use powertools_lambda::{logger, tracer};
use serde_json::{Value, json};
use tracing::{Instrument, info, instrument};

#[instrument(err)]
async fn charge(id: &str) -> Result<(), Error> {
    tracer::annotate("tenant", "acme");
    if id == "A-2" {
        return Err("card declined".into());
    }
    Ok(())
}

async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let body: Value = serde_json::from_str(event.payload["body"].as_str().unwrap_or_default())?;
    let id = body["id"].as_str().unwrap_or_default().to_owned();
    logger::append_key("order_id", &id);
    info!("collecting payment");
    charge(&id).await?;
    metrics::add("OrdersPlaced", Unit::Count, 2);
    let spawned = tokio::spawn(async { info!("in spawned work") }.in_current_span());
    spawned.await?;
    Ok(json!({"statusCode": 201}))
}
// end

fn order(id: &str) -> events::ApiGatewayHttp {
    events::api_gateway_http("POST", "/orders").json_body(&json!({ "id": id }))
}

// example: test
use lambda_runtime::service_fn;
use powertools_lambda::test_util::{TestFunction, events};

#[tokio::test]
async fn an_order_is_placed() {
    let test = TestFunction::new();
    let event = events::api_gateway_http("POST", "/orders").json_body(&json!({"id": "A-1"}));
    let response: Value = test.invoke(service_fn(handler), event).await.unwrap();

    assert_eq!(response["statusCode"], 201);
    assert_eq!(test.records()[0].message(), "collecting payment");
    assert_eq!(test.records()[0]["order_id"], "A-1");
    assert_eq!(test.metrics().sum("OrdersPlaced"), 2.0);
    assert_eq!(test.span("charge").annotation("tenant").unwrap(), "acme");
}
// end

#[test]
fn the_page_shows_this_code() {
    let text = include_str!("../../docs/testing.md");
    guide_check::check(
        "crates/powertools-lambda/docs/testing.md",
        text,
        include_str!("test_function.rs"),
        |guide| {
            guide.code("handler");
            guide.code("test");
            guide.left_out("[dependencies]", "lines of a manifest");
        },
    );
}

#[tokio::test]
async fn records_metrics_and_spans_of_a_handler_are_seen() {
    let test = TestFunction::builder()
        .var("POWERTOOLS_SERVICE_NAME", "orders")
        .powertools(|builder| {
            builder
                .namespace("Shop")
                .logger(|logger| logger.correlation_id_path(CorrelationIdPath::API_GATEWAY_HTTP))
        })
        .build();
    let response: Value = test.invoke(service_fn(handler), order("A-1")).await.unwrap();
    assert_eq!(response, json!({"statusCode": 201}));
    let records = test.records();
    let messages: Vec<_> = records.iter().map(LoggedRecord::message).collect();
    assert_eq!(messages, ["collecting payment", "in spawned work"]);
    for record in &records {
        assert_eq!(
            (&record["order_id"], &record["service"]),
            (&json!("A-1"), &json!("orders"))
        );
        assert!(record.get("correlation_id").is_some());
    }
    let placed = test.metrics().metric("OrdersPlaced").clone();
    assert_eq!(
        (placed.sum(), placed.namespace(), placed.unit()),
        (2.0, "Shop", "Count")
    );
    assert_eq!(placed.dimension("service"), Some("orders"));
    assert_eq!(test.metrics().sum("ColdStart"), 1.0);
    let (handler, charge) = (test.span("handler"), test.span("charge"));
    assert_eq!(charge.parent_id(), handler.id());
    assert_eq!(charge.annotation("tenant"), Some(&json!("acme")));
    assert!(!charge.is_fault() && !handler.is_fault());
    assert!(test.warnings().is_empty(), "{:?}", test.warnings());
}

#[tokio::test]
async fn the_settings_of_several_calls_add_up_and_spans_are_still_seen() {
    let test = TestFunction::builder()
        .powertools(|builder| builder.namespace("Shop").tracer(|tracer| tracer.service("orders")))
        .powertools(|builder| builder.tracer(|tracer| tracer.level(Level::WARN)))
        .build();
    let _: Value = test.invoke(service_fn(handler), order("A-1")).await.unwrap();
    assert_eq!(test.span("handler").annotation("Service"), Some(&json!("orders")));
    let spans = test.spans();
    assert!(spans.iter().all(|span| span.name() != "charge"), "{spans:?}");
    assert_eq!(test.metrics().metric("OrdersPlaced").namespace(), "Shop");
}

#[tokio::test]
async fn a_record_is_found_by_its_message() {
    let test = TestFunction::new();
    let _: Value = test.invoke(service_fn(handler), order("A-1")).await.unwrap();
    assert_eq!(test.record("in spawned work")["order_id"], "A-1");
}

#[tokio::test]
#[should_panic(
    expected = r#"no record has the message "collected"; there are: ["collecting payment", "in spawned work"]"#
)]
async fn a_missing_record_is_reported_with_the_messages_that_there_are() {
    let test = TestFunction::new();
    let _: Value = test.invoke(service_fn(handler), order("A-1")).await.unwrap();
    test.record("collected");
}

#[tokio::test]
async fn an_error_is_returned_as_lambda_shows_it_and_seen_in_logs_and_trace() {
    let test = TestFunction::new();
    let result: Result<Value, _> = test.invoke(service_fn(handler), order("A-2")).await;
    let error = result.unwrap_err();
    assert_eq!(error.error_message, "card declined");
    let failed = test.records().pop().unwrap();
    assert_eq!((failed.level(), failed.exception()), ("ERROR", Some("card declined")));
    assert!(test.span("charge").is_fault() && test.span("handler").is_fault());
    assert_eq!(test.span("charge").errors()[0].message(), "card declined");
}

#[tokio::test]
async fn a_panic_and_an_event_that_does_not_decode_are_errors() {
    let test = TestFunction::new();
    let panics = service_fn(async |event: LambdaEvent<Value>| -> Result<(), Error> {
        assert!(event.payload.is_null(), "boom");
        Ok(())
    });
    let result: Result<(), _> = test.invoke(panics, &json!(1)).await;
    let error = result.unwrap_err();
    assert_eq!(error.error_message, "Lambda panicked: boom");
    assert!(test.span("handler").is_fault());
    let number = service_fn(async |event: LambdaEvent<u8>| Ok::<_, Error>(event.payload));
    let result: Result<u8, _> = test.invoke(number, events::raw("x")).await;
    let error = result.unwrap_err();
    assert!(error.error_message.starts_with("failed to deserialize"), "{error:?}");
    let seven: u8 = test.invoke(number, &json!(7)).await.unwrap();
    assert_eq!(seven, 7);
}

#[tokio::test]
async fn concurrent_invocations_keep_their_records_apart() {
    let test = TestFunction::new();
    let invoke = async |request_id: &str, order_id: &str| {
        let mut context = traced_context();
        context.request_id = request_id.to_owned();
        let slow = service_fn(async |event: LambdaEvent<Value>| {
            logger::append_key("order_id", event.payload["id"].clone());
            tokio::task::yield_now().await;
            info!("placed");
            Ok::<_, Error>(())
        });
        let result: Result<(), _> = test.invoke_with(context, slow, &json!({ "id": order_id })).await;
        result.unwrap();
    };
    tokio::join!(invoke("r-1", "A-1"), invoke("r-2", "A-2"));
    for (request_id, order_id) in [("r-1", "A-1"), ("r-2", "A-2")] {
        let records = test.records_of(request_id);
        assert_eq!(records.len(), 1, "{records:?}");
        assert_eq!(records[0]["order_id"], order_id);
    }
    assert_eq!(test.metrics().sum("ColdStart"), 1.0);
}

#[tokio::test]
async fn parameters_come_from_a_map() {
    let store = MapProvider::new().text("/shop/currency", "EUR");
    let parameters = Parameters::new(store.clone());
    let test = TestFunction::new();
    let handler = service_fn(|_: LambdaEvent<Value>| {
        let parameters = parameters.clone();
        async move { Ok::<_, Error>(parameters.get("/shop/currency").await?.to_string()) }
    });
    for _ in 0..2 {
        let currency: String = test.invoke(handler, &json!({})).await.unwrap();
        assert_eq!(currency, "EUR");
    }
    assert_eq!(store.calls(), ["/shop/currency"]);
}
