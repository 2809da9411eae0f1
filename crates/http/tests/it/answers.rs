//! Answers in the form of each source.

use http::StatusCode;
use http::header::{HeaderName, HeaderValue, SET_COOKIE, VARY};
use powertools_lambda_core::test_util::events;
use powertools_lambda_http::Body;
use serde_json::{Value, json};

use crate::common::{Function, all_sources, answering, hello, lattice};

fn with_headers() -> http::Response<Body> {
    let mut response = http::Response::new(Body::from("hello"));
    *response.status_mut() = StatusCode::CREATED;
    for (name, value) in [
        (SET_COOKIE, "a=1"),
        (SET_COOKIE, "b=2"),
        (VARY, "origin"),
        (VARY, "accept"),
        (HeaderName::from_static("x-id"), "1"),
        (HeaderName::from_static("x-id"), "2"),
    ] {
        response.headers_mut().append(name, HeaderValue::from_static(value));
    }
    response
}

#[tokio::test]
async fn every_source_gets_its_form() {
    let all = json!({"set-cookie": ["a=1", "b=2"], "vary": ["origin", "accept"], "x-id": ["1", "2"]});
    let joined = json!({"vary": "origin, accept", "x-id": "1"});
    let joined_with_cookie = json!({"set-cookie": "a=1", "vary": "origin, accept", "x-id": "1"});
    let version_1 = json!({"statusCode": 201, "multiValueHeaders": all, "body": "hello", "isBase64Encoded": false});
    let version_2 = json!({"statusCode": 201, "headers": joined, "cookies": ["a=1", "b=2"], "body": "hello", "isBase64Encoded": false});
    let mut alb = version_1.clone();
    alb["statusDescription"] = "201 Created".into();
    let single = json!({"statusCode": 201, "statusDescription": "201 Created", "headers": joined_with_cookie, "body": "hello", "isBase64Encoded": false});
    let mut one = events::api_gateway_rest("GET", "/").into_json();
    one["version"] = "1.0".into();
    for (event, expected, warnings) in [
        (events::api_gateway_rest("GET", "/").into(), &version_1, 0),
        ((&one).into(), &version_1, 0),
        (events::api_gateway_websocket("send").into(), &version_1, 0),
        (events::api_gateway_http("GET", "/").into(), &version_2, 1),
        (events::function_url("GET", "/").into(), &version_2, 1),
        (events::alb("GET", "/").multi_value_headers().into(), &alb, 0),
        (events::alb("GET", "/").into(), &single, 2),
        ((&lattice("GET", "/")).into(), &single, 2),
    ] {
        let event: events::Event = event;
        let function = Function::new();
        let shown = format!("{event:?}");
        assert_eq!(
            function.answer(answering(|_| with_headers()), event).await,
            *expected,
            "{shown}"
        );
        assert_eq!(
            function.environment.warnings().len(),
            warnings,
            "{:?}",
            function.environment.warnings()
        );
    }
}

#[tokio::test]
async fn a_body_is_text_if_it_is_utf_8_and_base64_else() {
    for (content_type, body, expected, is_encoded) in [
        (None, &b"hello"[..], "hello", false),
        (
            Some("application/json"),
            b"{\"a\":\"\xc3\xa4\"}",
            "{\"a\":\"\u{e4}\"}",
            false,
        ),
        (Some("Application/JSON"), b"{}", "{}", false),
        (Some("application/x-www-form-urlencoded"), b"a=b", "a=b", false),
        (Some("image/png"), b"\x89PNG\x00", "iVBORwA=", true),
        (Some("text/plain; charset=iso-8859-1"), b"caf\xe9", "Y2Fm6Q==", true),
        // What was lost before: no content type, and not text.
        (None, b"\xff\x00", "/wA=", true),
        (Some("text/plain"), b"", "", false),
    ] {
        for (source, event) in all_sources("GET", "/") {
            let body = body.to_vec();
            let service = answering(move |_| {
                let mut response = http::Response::new(Body::from(body.clone()));
                if let Some(content_type) = content_type {
                    response
                        .headers_mut()
                        .insert("content-type", HeaderValue::from_static(content_type));
                }
                response
            });
            let answer = Function::new().answer(service, event).await;
            assert_eq!(
                (&answer["body"], &answer["isBase64Encoded"]),
                (&json!(expected), &json!(is_encoded)),
                "{source}"
            );
        }
    }
}

#[tokio::test]
async fn a_head_request_is_answered_without_body() {
    let service = answering(|_| {
        let mut response = http::Response::new(Body::from("hello"));
        response
            .headers_mut()
            .insert("content-length", HeaderValue::from_static("5"));
        response
    });
    for (source, event) in all_sources("HEAD", "/") {
        let answer = Function::new().answer(service.clone(), event).await;
        assert_eq!(answer["body"], "", "{source}");
        let length = answer["headers"]["content-length"].as_str();
        let length = length.or_else(|| answer["multiValueHeaders"]["content-length"][0].as_str());
        assert_eq!(length, Some("5"), "{source}");
    }
}

#[tokio::test]
async fn an_empty_answer_has_every_member() {
    let function = Function::new();
    let empty = answering(|_| http::Response::new(Body::Empty));
    let answer = function.answer(empty, events::api_gateway_http("GET", "/")).await;
    let expected: Value =
        json!({"statusCode": 200, "headers": {}, "cookies": [], "body": "", "isBase64Encoded": false});
    assert_eq!(answer, expected);
}

#[tokio::test]
async fn a_status_without_a_reason_has_a_description_for_a_load_balancer() {
    let service = answering(|_| http::Response::builder().status(599).body(Body::Empty).unwrap());
    let answer = Function::new().answer(service, events::alb("GET", "/")).await;
    assert_eq!(answer["statusDescription"], "599 Unknown");
}

#[tokio::test]
async fn the_trace_header_is_that_of_the_invocation_and_the_context_is_there() {
    use lambda_http::RequestExt;
    use powertools_lambda_core::test_util::traced_context;
    use powertools_lambda_http::{HttpEvent, HttpHandler, HttpOptions, Request};
    use tower::Service;

    let event: HttpEvent = serde_json::from_value(events::api_gateway_http("GET", "/").into_json()).unwrap();
    let service = answering(|request: &Request| {
        let trace = request.headers()["x-amzn-trace-id"].to_str().unwrap().to_owned();
        let id = request.lambda_context_ref().unwrap().request_id.clone();
        http::Response::new(Body::from(format!("{trace} {id}")))
    });
    let mut handler = HttpHandler::new(service, HttpOptions::new(), Function::new().environment.environment());
    let context = traced_context();
    let expected = format!("{} {}", context.xray_trace_id.clone().unwrap(), context.request_id);
    let answer = handler
        .call(lambda_runtime::LambdaEvent::new(event, context))
        .await
        .unwrap();
    use lambda_runtime::{FunctionResponse, IntoFunctionResponse};
    let FunctionResponse::BufferedResponse(answer) = answer.into_response() else {
        panic!()
    };
    assert_eq!(serde_json::to_value(answer).unwrap()["body"], json!(expected));
}

#[tokio::test]
async fn the_error_of_a_service_fails_the_invocation() {
    use powertools_lambda_http::{HttpEvent, HttpHandler, HttpOptions, Request};
    use tower::{Service, service_fn};

    let service = service_fn(async |_: Request| Err::<http::Response<Body>, _>(tower::BoxError::from("down")));
    let mut handler = HttpHandler::new(service, HttpOptions::new(), Function::new().environment.environment());
    let event: HttpEvent = serde_json::from_value(events::api_gateway_http("GET", "/").into_json()).unwrap();
    let error = handler
        .call(lambda_runtime::LambdaEvent::new(
            event,
            lambda_runtime::Context::default(),
        ))
        .await;
    assert_eq!(error.unwrap_err().to_string(), "down");
    let _ = hello();
}
