//! What a request tells the other utilities.

use powertools_lambda_core::test_util::events;
use powertools_lambda_http::{Body, HttpEvent, HttpHandler, HttpOptions};
use serde_json::{Value, json};

use crate::common::{Answer, Function, answering, hello};

#[tokio::test]
async fn a_request_is_told_with_the_apis_route_and_the_answer() {
    for (event, route) in [
        (
            events::api_gateway_rest("GET", "/orders/7?token=secret")
                .resource("/orders/{id}")
                .into_json(),
            "/orders/{id}",
        ),
        (
            events::api_gateway_http("GET", "/orders/7")
                .route("GET /orders/{id}")
                .into_json(),
            "/orders/{id}",
        ),
        (events::api_gateway_websocket("send").into_json(), "send"),
    ] {
        let function = Function::new();
        function.answer(hello(), &event).await;
        let facts = function.facts();
        assert_eq!(facts.len(), 3, "{facts:#?}");
        assert!(facts[0].starts_with("CorrelationId"), "{}", facts[0]);
        assert!(
            facts[1].contains(&format!("route: Some({route:?}), status: None")),
            "{}",
            facts[1]
        );
        assert!(
            facts[2].contains("status: Some(200), content_length: Some(5)"),
            "{}",
            facts[2]
        );
        assert!(!facts.concat().contains("secret"), "{facts:#?}");
    }
}

#[tokio::test]
async fn a_route_that_catches_all_is_not_a_path() {
    let function = Function::new();
    function
        .answer(hello(), events::api_gateway_http("GET", "/orders/7").route("$default"))
        .await;
    assert!(function.facts()[1].contains("route: None"), "{:?}", function.facts());
}

#[tokio::test]
async fn the_correlation_id_is_that_of_the_source() {
    let trace = "Root=1-5759e988-bd862e3fe1be46a994272793";
    for (event, expected) in [
        (events::api_gateway_rest("GET", "/").into_json(), None),
        (
            events::api_gateway_http("GET", "/").into_json(),
            Some("JKJaXmPLvHcESHA="),
        ),
        (events::function_url("GET", "/").into_json(), Some("JKJaXmPLvHcESHA=")),
        (
            events::alb("GET", "/").header("x-amzn-trace-id", trace).into_json(),
            Some(trace),
        ),
        (crate::common::lattice("GET", "/"), Some(trace)),
    ] {
        let function = Function::new();
        function.answer(hello(), &event).await;
        let id = event["requestContext"]["requestId"].as_str();
        let expected = expected.or(id).unwrap();
        assert_eq!(function.facts()[0], format!("CorrelationId({expected:?})"));
    }
}

#[tokio::test]
async fn metrics_are_by_route_and_only_if_wanted() {
    let function = Function::new();
    function
        .answer(hello(), events::api_gateway_rest("GET", "/").resource("/"))
        .await;
    assert!(!function.facts().iter().any(|fact| fact.starts_with("Measurements")));

    for (status, errors) in [(200, (0.0, 0.0)), (404, (1.0, 0.0)), (503, (0.0, 1.0))] {
        let function = Function::with(HttpOptions::new().route_metrics(true));
        let service = answering(move |_| http::Response::builder().status(status).body(Body::Empty).unwrap());
        function
            .answer(
                service,
                events::api_gateway_rest("GET", "/orders/7").resource("/orders/{id}"),
            )
            .await;
        let fact = function
            .facts()
            .into_iter()
            .find(|fact| fact.starts_with("Measurements"))
            .unwrap();
        assert!(fact.contains(r#"dimensions: [("route", "/orders/{id}")]"#), "{fact}");
        let count = |name: &str, value: f64| format!("Count {{ name: {name:?}, value: {value:?} }}");
        for expected in [count("Requests", 1.0), count("4xx", errors.0), count("5xx", errors.1)] {
            assert!(fact.contains(&expected), "{fact}");
        }
        assert!(fact.contains(r#"Time { name: "Latency""#), "{fact}");
    }
}

#[tokio::test]
async fn after_64_routes_there_is_one_more() {
    let function = Function::with(HttpOptions::new().route_metrics(true));
    let handler = HttpHandler::new(hello(), function.options, function.environment.environment());
    for number in 0..70 {
        let event = events::api_gateway_rest("GET", "/").resource(format!("/{number}"));
        let Answer::Whole(_) = function.invoke_handler(handler.clone(), event).await else {
            panic!()
        };
    }
    let known = events::api_gateway_rest("GET", "/").resource("/7");
    function.invoke_handler(handler, known).await;
    let routes: Vec<_> = function
        .facts()
        .into_iter()
        .filter(|fact| fact.starts_with("Measurements"))
        .collect();
    let others = routes
        .iter()
        .filter(|fact| fact.contains(r#"("route", "other")"#))
        .count();
    assert_eq!((routes.len(), others), (71, 6));
    assert!(routes[70].contains(r#"("route", "/7")"#));
    let warnings = function.environment.warnings();
    assert_eq!(
        warnings
            .iter()
            .filter(|warning| warning.contains("more than 64 routes"))
            .count(),
        1,
        "{warnings:?}"
    );
}

#[test]
fn the_url_has_no_user() {
    let mut event = events::api_gateway_http("GET", "/orders").into_json();
    event["headers"]["host"] = "user:password@orders.example".into();
    let function = Function::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(function.answer(hello(), &event));
    assert!(
        function.facts()[1].contains(r#"url: "https://orders.example/orders""#),
        "{:?}",
        function.facts()
    );
    let event: HttpEvent =
        serde_json::from_value(json!({"httpMethod": "GET", "path": "/", "requestContext": {}})).unwrap();
    assert_eq!(event.request().uri(), "/");
    let _: Value = json!({});
}
