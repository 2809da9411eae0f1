//! Requests of a router in logs, metrics and traces.

#![allow(clippy::float_cmp)] // counts are whole numbers

use std::collections::BTreeMap;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Query;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use powertools_lambda::http_api::ApiError;
use powertools_lambda::test_util::{TestFunction, events};
use serde_json::{Value, json};
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
    let http =
        |builder: powertools_lambda::PowertoolsBuilder| builder.http(|http| http.access_log(true).route_metrics(true));
    builder.powertools(http).build()
}

#[tokio::test]
async fn the_query_of_every_source_reaches_the_handler() {
    let search = get(async |Query(query): Query<BTreeMap<String, String>>| Json(query));
    let router = Router::new().route("/search", search);
    let (path, name, value) = ("/search?q=a%20b+c", "e-mail & more", "a+b@x.com = 100%");
    let events: [(&str, events::Event); 5] = [
        (
            "REST API",
            events::api_gateway_rest("GET", path).query(name, value).into(),
        ),
        (
            "HTTP API",
            events::api_gateway_http("GET", path).query(name, value).into(),
        ),
        (
            "function URL",
            events::function_url("GET", path).query(name, value).into(),
        ),
        ("load balancer", events::alb("GET", path).query(name, value).into()),
        (
            "load balancer, multi-value headers",
            events::alb("GET", path).query(name, value).multi_value_headers().into(),
        ),
    ];
    let test = TestFunction::new();
    for (source, event) in events {
        let response = test.request(router.clone(), event).await.unwrap();
        let query: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(query, json!({"q": "a b c", name: value}), "{source}");
    }
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
    let access = test.record("request handled");
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
            .all(|record| record.message() != "request handled")
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

    let answering = |builder: powertools_lambda::PowertoolsBuilder| builder.http(|http| http.catch_panics(true));
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

/// A body that fails or panics after its first piece.
struct Failing {
    is_begun: bool,
    panics: bool,
}

impl HttpBody for Failing {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, std::io::Error>>> {
        if !std::mem::replace(&mut self.is_begun, true) {
            return Poll::Ready(Some(Ok(http_body::Frame::data(Bytes::from_static(b"begun")))));
        }
        assert!(!self.panics, "a bug");
        Poll::Ready(Some(Err(std::io::Error::other("the disk is full"))))
    }
}

#[tokio::test]
async fn a_streamed_body_that_fails_midway_is_an_error_in_the_log_of_its_invocation() {
    for (panics, exception) in [(false, "the disk is full"), (true, "the body panicked")] {
        let router = Router::new().route(
            "/",
            get(async move || {
                Body::new(Failing {
                    is_begun: false,
                    panics,
                })
            }),
        );
        let builder = TestFunction::builder();
        let streaming = |builder: powertools_lambda::PowertoolsBuilder| builder.http(|http| http.streaming(true));
        let test = builder.powertools(streaming).build();
        let handler = test.powertools().http_handler(router);
        let body: Value = test.invoke(handler, events::function_url("GET", "/")).await.unwrap();
        assert_eq!(body, "begun");
        let record = test.record("the body of the response failed midway: the client gets a part of it");
        assert_eq!(record.level(), "ERROR");
        // axum wraps the body's error in one with the same text.
        assert!(record.exception().unwrap().ends_with(exception), "{record:?}");
        assert!(
            record.request_id().is_some() && record["http_route"] == "/",
            "{record:?}"
        );
    }
}
