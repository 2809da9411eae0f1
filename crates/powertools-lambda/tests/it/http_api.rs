//! Requests of a router in logs, metrics and traces.

#![allow(clippy::float_cmp)] // counts are whole numbers

use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use powertools_lambda::http_api::ApiError;
use powertools_lambda::test_util::{TestFunction, events};
use serde_json::json;
use tracing::info;

fn router() -> Router {
    Router::new()
        .route(
            "/orders/{id}",
            get(async || {
                info!("order looked up");
                Json(json!({"id": 7}))
            }),
        )
        .route("/gone", get(async || StatusCode::GONE))
        .route("/down", get(async || Err::<(), ApiError>("the table is gone".into())))
        .route(
            "/bug",
            get(async || {
                #[allow(clippy::manual_assert)] // the text of the panic is what is looked for
                if true {
                    panic!("a bug")
                }
            }),
        )
}

fn with_all() -> TestFunction {
    let builder = TestFunction::builder().var("POWERTOOLS_METRICS_NAMESPACE", "Shop");
    let http = |builder: powertools_lambda::PowertoolsBuilder| {
        builder.http(|http| http.access_record(true).route_metrics(true))
    };
    builder.powertools(http).build()
}

#[tokio::test]
async fn a_request_is_in_logs_metrics_and_trace() {
    let test = with_all();
    let response = test
        .request(router(), events::api_gateway_http("GET", "/orders/7"))
        .await
        .unwrap();
    assert_eq!(
        (response.status(), &response.body()[..]),
        (StatusCode::OK, &b"{\"id\":7}"[..])
    );

    let record = test.record("order looked up");
    assert_eq!(
        (&record["http_method"], &record["http_route"]),
        (&json!("GET"), &json!("/orders/{id}"))
    );
    assert!(record["correlation_id"].is_string() && record.get("http_status").is_none());
    let access = test.record("request answered");
    assert_eq!(
        (&access["http_status"], &access["content_length"]),
        (&json!(200), &json!(8))
    );
    assert!(access["http_latency_ms"].is_number());

    let span = test.span("handler");
    assert_eq!(span.annotation("http_route").unwrap(), "/orders/{id}");
    assert!(!span.is_fault());

    let metrics = test.metrics();
    assert_eq!(
        (metrics.sum("Requests"), metrics.sum("4xx"), metrics.sum("5xx")),
        (1.0, 0.0, 0.0)
    );
    assert!(metrics.get("Latency").is_some());
    let lines = test.environment().lines().join("\n");
    assert!(
        lines.contains(r#""route":"/orders/{id}""#) && !lines.contains(r#""route":"/orders/7""#),
        "{lines}"
    );
}

#[tokio::test]
async fn nothing_optional_is_written_by_default() {
    let test = TestFunction::new();
    test.request(router(), events::api_gateway_http("GET", "/orders/7"))
        .await
        .unwrap();
    assert!(
        test.records()
            .iter()
            .all(|record| record.message() != "request answered")
    );
    assert!(test.metrics().get("Requests").is_none());
}

#[tokio::test]
async fn a_5xx_is_a_fault_in_the_trace_and_does_not_fail_the_invocation() {
    let test = with_all();
    let response = test
        .request(router(), events::api_gateway_rest("GET", "/down"))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(test.span("handler").is_fault());
    assert_eq!(test.metrics().sum("5xx"), 1.0);
    let errors: Vec<_> = test
        .records()
        .into_iter()
        .filter(|record| record.level() == "ERROR")
        .collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert_eq!(errors[0].exception(), Some("the table is gone"));

    let test = with_all();
    let response = test
        .request(router(), events::api_gateway_rest("GET", "/gone"))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::GONE);
    assert!(!test.span("handler").is_fault());
    assert_eq!(test.metrics().sum("4xx"), 1.0);
}

#[tokio::test]
async fn a_panic_fails_the_invocation_or_is_answered_and_is_a_fault_both_ways() {
    let test = TestFunction::new();
    let error = test
        .request(router(), events::api_gateway_http("GET", "/bug"))
        .await
        .unwrap_err();
    assert_eq!(error.error_message, "Lambda panicked: a bug");
    assert!(test.span("handler").is_fault());

    let answering = |builder: powertools_lambda::PowertoolsBuilder| builder.http(|http| http.answer_panics(true));
    let test = TestFunction::builder().powertools(answering).build();
    let response = test
        .request(router(), events::api_gateway_http("GET", "/bug"))
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(test.span("handler").is_fault());
}

#[tokio::test]
async fn the_path_of_the_logger_goes_before_the_id_of_the_source() {
    use powertools_lambda::logger::CorrelationIdPath;
    let path = |builder: powertools_lambda::PowertoolsBuilder| {
        builder.logger(|logger| logger.correlation_id_path(CorrelationIdPath::header("x-id")))
    };
    let test = TestFunction::builder().powertools(path).build();
    let event = events::api_gateway_http("GET", "/orders/7").header("x-id", "mine");
    test.request(router(), event).await.unwrap();
    assert_eq!(test.record("order looked up")["correlation_id"], "mine");
}
