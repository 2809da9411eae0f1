//! Requests that are not what they say, and answers that cannot be sent: the function lives on.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;
use powertools_lambda_core::test_util::events;
use powertools_lambda_http::{Body, ErrorForm, HttpOptions, Request};
use serde_json::{Value, json};

use crate::common::{Function, all_sources, answering, hello, read};

#[tokio::test]
async fn a_body_that_is_not_base64_is_a_bad_request() {
    for (source, event) in all_sources("POST", "/") {
        let mut event: Value = serde_json::from_slice(&event.into_bytes()).unwrap();
        event["body"] = "not base64!".into();
        event["isBase64Encoded"] = true.into();
        let answer = Function::new().answer(hello(), &event).await;
        assert_eq!(answer["statusCode"], 400, "{source}");
        let body: Value = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        assert_eq!(
            body["detail"], "the body of the request is not valid Base64",
            "{source}"
        );
    }
}

#[tokio::test]
async fn a_method_or_a_path_that_http_refuses_is_answered() {
    let mut event = events::api_gateway_rest("GET", "/").into_json();
    event["httpMethod"] = "G E T".into();
    assert_eq!(Function::new().answer(hello(), &event).await["statusCode"], 400);
    let long = events::api_gateway_rest("GET", format!("/{}", "a".repeat(70_000)));
    assert_eq!(Function::new().answer(hello(), long).await["statusCode"], 414);
}

#[tokio::test]
async fn a_header_that_http_refuses_is_left_out_with_one_warning() {
    let mut event = events::api_gateway_http("GET", "/").into_json();
    event["headers"]["bad name"] = "x".into();
    event["headers"]["x-newline"] = "a\nb".into();
    event["headers"]["x-list"] = json!(["a", null, 7]);
    event["headers"]["x-latin"] = "é".into();
    event["headers"]["x-number"] = 7.into();
    event["headers"]["x-null"] = Value::Null;
    event["headers"]["x-object"] = json!({"a": 1});
    event["headers"]["x-list"] = json!(["a", null]);
    let function = Function::new();
    for _ in 0..2 {
        let answer = function.answer(
            answering(|request: &Request| {
                assert_eq!(request.headers()["x-latin"].as_bytes(), "é".as_bytes());
                assert_eq!(request.headers()["x-number"], "7");
                assert_eq!(request.headers()["x-list"], "a");
                for absent in ["x-newline", "x-null", "x-object"] {
                    assert!(!request.headers().contains_key(absent), "{absent}");
                }
                http::Response::new(Body::from("hello"))
            }),
            &event,
        );
        assert_eq!(answer.await["statusCode"], 200);
    }
    let warnings = function.environment.warnings();
    // One for all names, because clients choose them.
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("\"bad name\""), "{warnings:?}");
}

#[test]
fn a_host_that_is_no_host_is_a_header_like_others() {
    for host in ["", "a b", "user:password@orders.example", "[::1", "käse.example"] {
        let mut event = events::api_gateway_http("GET", "/orders").into_json();
        event["headers"]["host"] = host.into();
        assert_eq!(read(&event).uri().path(), "/orders", "{host}");
    }
}

#[test]
fn a_context_that_cannot_be_read_does_not_lose_the_request() {
    use powertools_lambda_http::RequestExt;
    let mut event = events::api_gateway_rest("GET", "/orders").into_json();
    event["requestContext"]["requestTimeEpoch"] = "soon".into();
    let request = read(&event);
    assert_eq!(request.uri().path(), "/orders");
    assert!(request.request_context_ref().is_none());
}

/// A body that fails after its first piece.
struct Failing(u8);

impl http_body::Body for Failing {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, std::io::Error>>> {
        self.0 += 1;
        Poll::Ready(Some(match self.0 {
            1 => Ok(Frame::data(Bytes::from_static(b"part"))),
            _ => Err(std::io::Error::other("the disk is gone")),
        }))
    }
}

#[tokio::test]
async fn a_response_body_that_fails_midway_is_a_500_without_its_part() {
    let function = Function::new();
    let answer = function
        .answer(
            answering(|_| http::Response::new(Failing(0))),
            events::api_gateway_http("GET", "/"),
        )
        .await;
    assert_eq!(answer["statusCode"], 500);
    let body = answer["body"].as_str().unwrap();
    assert!(!body.contains("part") && !body.contains("disk"), "{body}");
    // The next request is answered.
    assert_eq!(
        function.answer(hello(), events::api_gateway_http("GET", "/")).await["body"],
        "hello"
    );
}

#[tokio::test]
async fn an_answer_over_the_limit_of_its_source_is_a_500() {
    let of = |bytes: usize, byte: u8| answering(move |_| http::Response::new(Body::from(vec![byte; bytes])));
    for (event, bytes, byte, status) in [
        (events::api_gateway_rest("GET", "/").into_json(), 6_200_000, b'a', 200),
        (events::api_gateway_rest("GET", "/").into_json(), 6_300_000, b'a', 500),
        // Base64 is a third larger, and a quote has two bytes in JSON.
        (events::function_url("GET", "/").into_json(), 4_700_000, 0xff, 200),
        (events::function_url("GET", "/").into_json(), 4_800_000, 0xff, 500),
        (events::api_gateway_http("GET", "/").into_json(), 3_100_000, b'"', 200),
        (events::api_gateway_http("GET", "/").into_json(), 3_200_000, b'"', 500),
        (events::alb("GET", "/").into_json(), 1_000_000, b'a', 200),
        (events::alb("GET", "/").into_json(), 1_048_576, b'a', 500),
    ] {
        let answer = Function::new().answer(of(bytes, byte), &event).await;
        assert_eq!(answer["statusCode"], status, "{bytes} of {byte}");
        if status == 200 {
            let limit = if event["requestContext"]["elb"].is_null() {
                6_291_556
            } else {
                1_048_576
            };
            assert!(answer.to_string().len() <= limit, "{bytes} of {byte}");
        }
    }
}

#[tokio::test]
async fn a_panic_is_answered_if_that_is_set_and_the_next_request_too() {
    let options = HttpOptions::new().answer_panics(true).error_form(ErrorForm::Powertools);
    for when in ["call", "await"] {
        let function = Function::with(options);
        let service = tower::service_fn(move |_: Request| {
            assert_ne!(when, "call", "of the test");
            async move {
                assert_ne!(when, "await", "of the test");
                Ok::<http::Response<Body>, tower::BoxError>(http::Response::new(Body::Empty))
            }
        });
        let answer = function.answer(service, events::api_gateway_http("GET", "/")).await;
        assert_eq!(answer["statusCode"], 500);
        assert_eq!(
            answer["body"],
            r#"{"statusCode":500,"message":"Internal Server Error"}"#
        );
        assert!(
            function.facts().iter().any(|fact| fact.contains("status: Some(500)")),
            "{:?}",
            function.facts()
        );
        assert_eq!(
            function.answer(hello(), events::api_gateway_http("GET", "/")).await["body"],
            "hello"
        );
    }
}

#[tokio::test]
#[should_panic(expected = "of the test")]
async fn a_panic_fails_the_invocation_by_default() {
    let service = tower::service_fn(|_: Request| async {
        assert!(std::hint::black_box(false), "of the test");
        Ok::<http::Response<Body>, tower::BoxError>(http::Response::new(Body::Empty))
    });
    Function::new()
        .answer(service, events::api_gateway_http("GET", "/"))
        .await;
}

#[tokio::test]
async fn a_header_that_is_not_text_is_sent_as_far_as_json_can() {
    let service = answering(|_| {
        let mut response = http::Response::new(Body::Empty);
        response
            .headers_mut()
            .insert("x-bytes", http::HeaderValue::from_bytes(b"a\xff").unwrap());
        response
    });
    let answer = Function::new()
        .answer(service, events::api_gateway_http("GET", "/"))
        .await;
    assert_eq!(answer["headers"]["x-bytes"], "a\u{fffd}");
}
