//! The request that a service gets from each source.

use powertools_lambda_core::test_util::events::{self, Event};
use powertools_lambda_http::{Body, EventSource, HttpEvent, RequestExt};
use serde_json::{Value, json};

use crate::common::{all_sources, lattice, read};

#[test]
fn every_source_is_read_as_itself() {
    for (source, event) in all_sources("PUT", "/orders/7?a=1&b=2") {
        let event: HttpEvent = serde_json::from_slice(&event.into_bytes()).unwrap();
        assert_eq!(format!("{:?}", event.source()), source);
        let request = event.request();
        assert_eq!(
            (request.method().as_str(), request.uri().to_string().as_str()),
            ("PUT", "/orders/7?a=1&b=2")
        );
        assert_eq!(request.extensions().get::<EventSource>(), Some(&event.source()));
        assert!(request.request_context_ref().is_some(), "{source}");
        assert_eq!(request.query_string_parameters().first("b"), Some("2"), "{source}");
        assert!(matches!(request.body(), Body::Empty), "{source}: {:?}", request.body());
    }
}

#[test]
fn a_websocket_event_has_its_route_key_as_path() {
    let context = |key: &str, kind: &str| json!({"connectionId": "L0SM9cOFvHcCIhw=", "routeKey": key, "eventType": kind, "stage": "prod", "requestId": "JKJaXmPLvHcESHA="});
    for (event, expected) in [
        (
            json!({"requestContext": context("$connect", "CONNECT"), "headers": {"Host": "h"}}),
            ("GET", "/$connect"),
        ),
        (
            json!({"requestContext": context("$disconnect", "DISCONNECT")}),
            ("GET", "/$disconnect"),
        ),
        (
            json!({"requestContext": context("send", "MESSAGE"), "body": "hi"}),
            ("POST", "/send"),
        ),
        // As some tools send it.
        (
            json!({"requestContext": context("$connect", "CONNECT"), "httpMethod": "GET", "path": "/chat"}),
            ("GET", "/chat"),
        ),
    ] {
        let event: HttpEvent = serde_json::from_value(event).unwrap();
        assert_eq!(event.source(), EventSource::WebSocketApi);
        let request = event.request();
        assert_eq!((request.method().as_str(), request.uri().path()), expected);
    }
}

#[test]
fn paths_have_no_stage_and_are_encoded_once() {
    let http = |raw: &str, stage: &str| {
        json!({"version": "2.0", "rawPath": raw, "rawQueryString": "", "headers": {},
               "requestContext": {"http": {"method": "GET", "path": raw}, "stage": stage, "domainName": "id.execute-api.eu-west-1.amazonaws.com"}})
    };
    let one = |path: &str, stage: &str| json!({"version": "1.0", "httpMethod": "GET", "path": path, "requestContext": {"stage": stage}});
    let rest = |path: &str, stage: &str| json!({"httpMethod": "GET", "path": path, "resource": "/{proxy+}", "requestContext": {"stage": stage}});
    for (event, expected) in [
        (http("/prod/orders", "prod"), "/orders"),
        (http("/prod", "prod"), "/"),
        (http("/production/orders", "prod"), "/production/orders"),
        (http("/orders", "prod"), "/orders"), // a custom domain
        (http("/orders", "$default"), "/orders"),
        (one("/prod/orders", "prod"), "/orders"),
        // A resource that is called like the stage: a REST API's path has no stage.
        (rest("/prod/orders", "prod"), "/prod/orders"),
        (http("/a b/käse?x", "$default"), "/a%20b/k%C3%A4se%3Fx"),
        (http("/a%20b@c:d,e", "$default"), "/a%20b@c:d,e"),
        (rest("/100%", "prod"), "/100%25"),
        (rest("", "prod"), "/"),
        (rest("orders", "prod"), "/orders"),
    ] {
        assert_eq!(read(&event).uri().to_string(), expected, "{event}");
    }
}

#[test]
fn queries_are_encoded_unless_the_client_did() {
    let rest = |all: Value| {
        let event = json!({"httpMethod": "GET", "path": "/", "requestContext": {},
            "queryStringParameters": {"q": "single"}, "multiValueQueryStringParameters": all});
        read(&event).uri().query().map(str::to_owned)
    };
    assert_eq!(rest(json!({"q": ["a b", "b&c"]})).as_deref(), Some("q=a%20b&q=b%26c"));
    assert_eq!(rest(json!({"+": ["%20"]})).as_deref(), Some("%2B=%2520"));
    let single = json!({"httpMethod": "GET", "path": "/", "requestContext": {}, "queryStringParameters": {"q": "ä"}});
    assert_eq!(read(&single).uri().query(), Some("q=%C3%A4"));
    let alb = events::alb("GET", "/?q=a%20b+c&e=").into_json();
    let alb = read(&alb).uri().query().map(str::to_owned).unwrap();
    assert!(alb.contains("q=a%20b"), "{alb}");
    let mut raw = events::api_gateway_http("GET", "/").into_json();
    raw["rawQueryString"] = "tag=a&tag=b,c&q=x y%20z&flag".into();
    assert_eq!(read(&raw).uri().query(), Some("tag=a&tag=b,c&q=x%20y%20z&flag"));
    raw["rawQueryString"] = "filter[name]=x|y".into();
    assert_eq!(read(&raw).uri().query(), Some("filter[name]=x|y"));
    assert_eq!(read(lattice("GET", "/?q=a%2Fb")).uri().query(), Some("q=a%2Fb"));
}

#[test]
fn headers_have_all_their_values() {
    for event in [
        events::api_gateway_rest("GET", "/")
            .header("X-Id", "1")
            .header("X-Id", "2")
            .into_json(),
        events::alb("GET", "/")
            .multi_value_headers()
            .header("X-Id", "1")
            .header("X-Id", "2")
            .into_json(),
        {
            let mut event = lattice("GET", "/");
            event["headers"]["x-id"] = json!(["1", "2"]);
            event
        },
    ] {
        let request = read(&event);
        let values: Vec<_> = request.headers().get_all("x-id").iter().collect();
        assert_eq!(values, ["1", "2"], "{event}");
    }
    // HTTP APIs join them, which is what a server gets that joins them itself.
    let event = events::api_gateway_http("GET", "/")
        .header("x-id", "1")
        .header("x-id", "2");
    assert_eq!(read(event).headers()["x-id"], "1,2");
}

#[test]
fn an_invalid_cookie_leaves_the_others() {
    let mut event = events::api_gateway_http("GET", "/").into_json();
    event["cookies"] = json!(["a=1", "b=\u{0}", "c=3"]);
    assert_eq!(read(&event).headers()["cookie"], "a=1; c=3");
}

#[test]
fn cookies_are_one_header() {
    let mut event = events::api_gateway_http("GET", "/").into_json();
    event["cookies"] = json!(["a=1", "b=2"]);
    let request = read(&event);
    let cookies: Vec<_> = request.headers().get_all("cookie").iter().collect();
    assert_eq!(cookies, ["a=1; b=2"]);
}

#[test]
fn bodies_are_text_bytes_or_empty() {
    for method in ["POST", "GET"] {
        for (body, is_encoded, expected) in [
            (json!("{\"a\":1}"), false, Body::Text("{\"a\":1}".to_owned())),
            (json!("/wA="), true, Body::Binary(vec![0xff, 0])),
            (json!("aGk="), true, Body::Binary(b"hi".to_vec())),
            (json!(""), true, Body::Empty),
            (json!(""), false, Body::Empty),
            (Value::Null, false, Body::Empty),
        ] {
            for (source, event) in all_sources(method, "/") {
                let mut event: Value = serde_json::from_slice(&event.into_bytes()).unwrap();
                event["body"] = body.clone();
                event["isBase64Encoded"] = is_encoded.into();
                let read = read(&event);
                assert_eq!(format!("{:?}", read.body()), format!("{expected:?}"), "{source}");
            }
        }
    }
}

#[test]
fn path_parameters_and_stage_variables_are_read() {
    let mut event = events::api_gateway_rest("GET", "/orders/7")
        .path_parameter("id", "7")
        .into_json();
    event["stageVariables"] = json!({"table": "orders"});
    let request = read(&event);
    assert_eq!(request.path_parameters().first("id"), Some("7"));
    assert_eq!(request.stage_variables().first("table"), Some("orders"));
    assert_eq!(request.raw_http_path(), "/orders/7");
}

#[test]
fn what_is_not_a_request_is_an_error_that_says_so() {
    for (event, expected) in [
        (json!({}), "not a request of API Gateway"),
        (json!({"Records": []}), "not a request of API Gateway"),
        (
            json!({"raw_path": "/", "method": "GET", "headers": {}, "body": "", "is_base64_encoded": false}),
            "LambdaEventStructureVersion",
        ),
    ] {
        let error = serde_json::from_value::<HttpEvent>(event).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

/// MiniStack, for one, gives the event of a REST API the version of an HTTP API's payload format.
#[test]
fn an_api_with_resources_is_a_rest_api() {
    for (resource_id, expected) in [
        (json!("abc123"), EventSource::RestApi),
        (Value::Null, EventSource::HttpApi),
        (json!("GET /orders"), EventSource::HttpApi),
        (json!("ANY /{proxy+}"), EventSource::HttpApi),
        (json!("$default"), EventSource::HttpApi),
    ] {
        let event = json!({"version": "1.0", "httpMethod": "GET", "path": "/Prod/orders", "resource": "/{proxy+}",
            "requestContext": {"resourceId": resource_id, "stage": "Prod"}});
        let event: HttpEvent = serde_json::from_value(event).unwrap();
        assert_eq!(event.source(), expected);
        let has_stage = expected == EventSource::RestApi;
        assert_eq!(
            event.request().uri().path(),
            if has_stage { "/Prod/orders" } else { "/orders" }
        );
    }
}

/// The runtime decodes with `serde_path_to_error` around `serde_json`, from a slice.
#[test]
fn an_event_of_any_form_is_read_or_refused_but_never_panics() {
    let mut events: Vec<Event> = all_sources("GET", "/a?b=c")
        .into_iter()
        .map(|(_, event)| event)
        .collect();
    events.push(events::api_gateway_websocket("send").into());
    for event in events {
        let event: Value = serde_json::from_slice(&event.into_bytes()).unwrap();
        let keys: Vec<String> = event.as_object().unwrap().keys().cloned().collect();
        for key in keys {
            for odd in [
                Value::Null,
                json!({}),
                json!([]),
                json!(""),
                json!("\u{0}ä"),
                json!(7),
                json!({"x": {"y": 1}}),
            ] {
                let mut event = event.clone();
                event[&key] = odd;
                let _ = serde_json::from_slice::<HttpEvent>(event.to_string().as_bytes());
                event.as_object_mut().unwrap().remove(&key);
                let _ = serde_json::from_slice::<HttpEvent>(event.to_string().as_bytes());
            }
        }
    }
}
