//! What a request tells the other utilities.

use std::sync::Arc;

use powertools_lambda_core::test_util::events;
use powertools_lambda_http::{Body, HttpHandler, HttpOptions, Request};
use tower::BoxError;

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

/// The metric is a rate of errors, so the worst ones must not be missing.
#[tokio::test]
async fn a_request_that_gets_no_response_counts_as_a_server_error() {
    async fn counts<F, R>(service: F, catches: bool) -> Vec<String>
    where
        F: FnMut(Request) -> R + Send + 'static,
        R: Future<Output = Result<http::Response<Body>, BoxError>> + Send + 'static,
    {
        let options = HttpOptions::new().route_metrics(true).catch_panics(catches);
        let function = Arc::new(Function::with(options));
        let invoked = Arc::clone(&function);
        let event = events::api_gateway_rest("GET", "/orders/7").resource("/orders/{id}");
        // The test's own handler panics if it gets an error.
        let task = tokio::spawn(async move { invoked.answer(tower::service_fn(service), event).await });
        let _ = task.await;
        let facts = function.facts().into_iter();
        facts.filter(|fact| fact.starts_with("Measurements")).collect()
    }
    fn panics() -> Result<http::Response<Body>, BoxError> {
        panic!("of the test")
    }
    for catches in [false, true] {
        for counts in [
            counts(|_| async { Err("it is gone".into()) }, catches).await,
            counts(|_| async { panics() }, catches).await,
            counts(|_| std::future::ready(panics()), catches).await,
        ] {
            let [fact] = &counts[..] else { panic!("{counts:?}") };
            for expected in [
                r#"("route", "/orders/{id}")"#,
                r#"name: "5xx", value: 1.0"#,
                r#"name: "Requests", value: 1.0"#,
            ] {
                assert!(fact.contains(expected), "{fact}");
            }
        }
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

#[tokio::test]
async fn the_url_has_no_user() {
    let mut event = events::api_gateway_http("GET", "/orders").into_json();
    event["headers"]["host"] = "user:password@orders.example".into();
    let function = Function::new();
    function.answer(hello(), &event).await;
    assert!(
        function.facts()[1].contains(r#"url: "https://orders.example/orders""#),
        "{:?}",
        function.facts()
    );
}
