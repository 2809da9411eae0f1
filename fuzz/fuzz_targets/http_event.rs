//! Any event is a request or an error that says why not; a request is always answered, with its own body from an echo.
#![no_main]

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lambda_runtime::{FunctionResponse, IntoFunctionResponse, LambdaEvent};
use libfuzzer_sys::fuzz_target;
use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_fuzz::invocation::block_on;
use powertools_lambda_http::{Body, HttpEvent, HttpHandler, HttpOptions, Request, RequestExt};
use serde_json::Value;
use tower::{BoxError, Service, service_fn};

fuzz_target!(|data: &[u8]| {
    let event: HttpEvent = match serde_json::from_slice(data) {
        Ok(event) => event,
        Err(error) => return assert!(!error.to_string().is_empty()),
    };
    let (sent, is_head) = (
        event.request().body().to_vec(),
        event.request().method() == http::Method::HEAD,
    );
    let environment = TestEnvironment::new();
    let mut handler = HttpHandler::new(service_fn(echo), HttpOptions::new(), environment.environment());
    let answer = block_on(handler.call(LambdaEvent::new(event, context()))).expect("an answer");
    let FunctionResponse::BufferedResponse(answer) = answer.into_response() else {
        panic!("streamed");
    };
    let answer = serde_json::to_value(answer).expect("JSON");
    let status = answer["statusCode"].as_u64().expect("a status");
    assert!((200..=599).contains(&status), "{answer}");
    let body = answer["body"].as_str().expect("a body");
    let body = match answer["isBase64Encoded"].as_bool() {
        Some(true) => BASE64_STANDARD.decode(body).expect("Base64"),
        _ => body.as_bytes().to_vec(),
    };
    let headers = answer.get("headers").or(answer.get("multiValueHeaders"));
    let headers = headers.and_then(Value::as_object).expect("headers");
    if headers.contains_key("x-echo") && !is_head {
        assert_eq!(body, sent);
    }
});

/// Answers with the headers, the cookies and the body of the request.
async fn echo(request: Request) -> Result<http::Response<Body>, BoxError> {
    let _ = (
        request.query_string_parameters(),
        request.path_parameters(),
        request.stage_variables(),
    );
    let _ = (request.request_context_ref(), request.raw_http_path().len());
    let mut response = http::Response::new(Body::Empty);
    response.headers_mut().extend(request.headers().clone());
    response
        .headers_mut()
        .insert("x-echo", http::HeaderValue::from_static("1"));
    for cookie in request.headers().get_all("cookie") {
        response.headers_mut().append("set-cookie", cookie.clone());
    }
    *response.body_mut() = request.into_body();
    Ok(response)
}
