//! axum's routers, extractors and errors.

use ::axum::extract::{Path, Query};
use ::axum::http::{StatusCode, header};
use ::axum::routing::{get, post};
use ::axum::{Form, Json, Router};
use lambda_http::request::RequestContext;
use powertools_lambda_core::test_util::events;
use powertools_lambda_http::{ApiError, Checked, ErrorFormat, HttpOptions, RouteLayer};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::common::{Function, all_sources};

fn route_of(function: &Function) -> Option<String> {
    let fact = function.facts().pop().unwrap();
    let route = fact.split("route: ").nth(1).unwrap().split(", status").next().unwrap();
    Some(route.strip_prefix("Some(\"")?.strip_suffix("\")").unwrap().to_owned())
}

#[tokio::test]
async fn the_route_is_the_routers_template() {
    let inner = Router::new().route("/{id}", get("order"));
    let router = || {
        Router::new()
            .route("/orders/{id}", get("order"))
            .nest("/shops/{shop}", inner.clone())
    };
    for (path, route) in [("/orders/7", "/orders/{id}"), ("/shops/1/2", "/shops/{shop}/{id}")] {
        for (source, event) in all_sources("GET", path) {
            let function = Function::new();
            function.answer(router(), event).await;
            assert_eq!(route_of(&function).as_deref(), Some(route), "{source}");
            // The request is told once, with its route, and so is its answer.
            let told = function.facts().iter().filter(|fact| fact.starts_with("Http")).count();
            assert_eq!(told, 2, "{:?}", function.facts());
        }
    }
    // If no route matches, the path is not shown as one.
    for key in ["$default", "ANY /{proxy+}"] {
        let function = Function::with(HttpOptions::new().route_metrics(true));
        function
            .answer(router(), events::api_gateway_http("GET", "/secret/7").route(key))
            .await;
        let fact = function.facts().pop().unwrap();
        assert!(
            fact.contains(r#"("route", "unmatched")"#) && !fact.contains("secret"),
            "{fact}"
        );
    }
}

#[tokio::test]
async fn a_router_inside_another_service_has_the_layer_of_the_user() {
    let router: Router = Router::new()
        .route("/orders/{id}", get("order"))
        .layer(RouteLayer::new());
    let service = tower::ServiceBuilder::new()
        .map_request(|request: powertools_lambda_http::Request| request)
        .service(router);
    let function = Function::new();
    function
        .answer(
            service,
            events::api_gateway_http("GET", "/orders/7").route("ANY /{proxy+}"),
        )
        .await;
    assert_eq!(route_of(&function).as_deref(), Some("/orders/{id}"));
}

#[tokio::test]
async fn the_extractors_of_axum_read_every_source() {
    #[derive(Deserialize)]
    struct Query_ {
        q: String,
    }
    let route = post(
        async |Path(id): Path<String>, Query(query): Query<Query_>, Json(body): Json<Value>| {
            Json(json!([id, query.q, body]))
        },
    );
    for (source, event) in all_sources("POST", "/orders/a%20b?q=c%20d%2B") {
        let mut event: Value = serde_json::from_slice(&event.into_bytes()).unwrap();
        if event["multiValueHeaders"].is_object() {
            event["multiValueHeaders"]["content-type"] = json!(["application/json"]);
        }
        event["headers"]["content-type"] = match source {
            "VpcLattice" => json!(["application/json"]),
            _ => "application/json".into(),
        };
        event["body"] = r#"{"quantity":1}"#.into();
        event["isBase64Encoded"] = false.into();
        let router = Router::new().route("/orders/{id}", route.clone());
        let answer = Function::new().answer(router, &event).await;
        let body: Value =
            serde_json::from_str(answer["body"].as_str().unwrap()).unwrap_or_else(|_| panic!("{source}: {answer}"));
        assert_eq!(body, json!(["a b", "c d+", {"quantity": 1}]), "{source}");
    }
}

#[tokio::test]
async fn the_context_of_the_event_is_an_extension() {
    use ::axum::Extension;
    let route = get(async |Extension(context): Extension<RequestContext>| {
        format!("{:?}", matches!(context, RequestContext::ApiGatewayV2(_)))
    });
    let answer = Function::new()
        .answer(Router::new().route("/", route), events::api_gateway_http("GET", "/"))
        .await;
    assert_eq!(answer["body"], "true");
}

#[derive(Deserialize)]
struct Order {
    #[allow(dead_code)]
    quantity: u32,
}

fn rejecting() -> Router {
    Router::new()
        .route("/json", post(async |_: Checked<Json<Order>>| ()))
        .route("/form", post(async |_: Checked<Form<Order>>| ()))
        .route("/query", post(async |_: Checked<Query<Order>>| ()))
        .route("/path/{id}", post(async |_: Checked<Path<u32>>| ()))
        .route("/body", post(async |_: Checked<String>| ()))
        // `?` on a rejection gives the same.
        .route("/question", post(async |order: Result<Json<Order>, ::axum::extract::rejection::JsonRejection>| {
            let _order = order?;
            Ok::<_, ApiError>(())
        }))
}

#[tokio::test]
async fn rejections_have_the_form_of_errors_and_no_inner_text() {
    let json = "application/json";
    for (path, content_type, body, status) in [
        ("/json", json, "{", 400),
        ("/json", json, "", 400),
        ("/json", json, r#"{"quantity":"secret"}"#, 422),
        ("/json", json, "{}", 422),
        ("/json", "text/xml", "<secret/>", 415),
        ("/question", json, r#"{"quantity":"secret"}"#, 422),
        ("/form", "application/x-www-form-urlencoded", "quantity=secret", 422),
        ("/query?quantity=secret", json, "", 400),
        ("/path/secret", json, "", 400),
    ] {
        for (form, member, content) in [
            (ErrorFormat::Problem, "detail", "application/problem+json"),
            (ErrorFormat::Powertools, "message", "application/json"),
        ] {
            let event = events::api_gateway_http("POST", path)
                .header("content-type", content_type)
                .body(body);
            let function = Function::with(HttpOptions::new().error_format(form));
            let answer = function.answer(rejecting(), event).await;
            assert_eq!(answer["statusCode"], status, "{path} {body}: {answer}");
            assert_eq!(answer["headers"]["content-type"], content, "{path} {body}");
            let text = answer["body"].as_str().unwrap();
            let body: Value = serde_json::from_str(text).unwrap();
            assert!(
                body[member].is_string() && !text.contains("secret") && !text.contains("quantity"),
                "{text}"
            );
        }
    }
    let event = events::api_gateway_http("POST", "/body").binary_body([0xff, 0xfe]);
    assert_eq!(Function::new().answer(rejecting(), event).await["statusCode"], 400);
    let event = events::api_gateway_http("POST", "/body").body("a".repeat(2_200_000));
    assert_eq!(Function::new().answer(rejecting(), event).await["statusCode"], 413);
}

#[tokio::test]
async fn an_error_is_an_answer_with_code_details_and_headers() {
    let route = get(async || {
        ApiError::new(StatusCode::TOO_MANY_REQUESTS, "slow down")
            .code("rate")
            .details(json!({"limit": 7}))
            .header(header::RETRY_AFTER, "30".parse().unwrap())
    });
    for (form, expected) in [
        (
            ErrorFormat::Problem,
            json!({"type": "about:blank", "title": "Too Many Requests", "status": 429, "detail": "slow down", "code": "rate", "details": {"limit": 7}}),
        ),
        (
            ErrorFormat::Powertools,
            json!({"statusCode": 429, "message": "slow down", "code": "rate", "details": {"limit": 7}}),
        ),
    ] {
        let function = Function::with(HttpOptions::new().error_format(form));
        let answer = function
            .answer(
                Router::new().route("/", route.clone()),
                events::api_gateway_http("GET", "/"),
            )
            .await;
        assert_eq!(
            (&answer["statusCode"], &answer["headers"]["retry-after"]),
            (&json!(429), &json!("30"))
        );
        assert_eq!(
            serde_json::from_str::<Value>(answer["body"].as_str().unwrap()).unwrap(),
            expected
        );
    }
}

#[tokio::test]
async fn any_error_is_a_500_that_does_not_show_it() {
    let route = get(async || {
        "secret".parse::<u32>()?;
        Ok::<_, ApiError>(())
    });
    let answer = Function::new()
        .answer(Router::new().route("/", route), events::api_gateway_http("GET", "/"))
        .await;
    assert_eq!(answer["statusCode"], 500);
    let body = answer["body"].as_str().unwrap();
    assert!(
        body.contains("Internal Server Error") && !body.contains("digit"),
        "{body}"
    );
}

#[tokio::test]
async fn a_trailing_slash_is_another_path_for_every_source() {
    let router = Router::new().route("/todos", get("all"));
    for (path, status) in [("/todos", 200), ("/todos/", 404)] {
        for (source, event) in all_sources("GET", path) {
            let answer = Function::new().answer(router.clone(), event).await;
            assert_eq!(answer["statusCode"], status, "{source} {path}");
        }
    }
}

#[tokio::test]
async fn nothing_is_an_empty_body_and_json_of_none_is_null() {
    let router = Router::new()
        .route("/nothing", get(async || ()))
        .route("/none", get(async || Json(None::<u32>)));
    for (path, body, content_type) in [("/nothing", "", None), ("/none", "null", Some("application/json"))] {
        let event = events::api_gateway_http("GET", path);
        let answer = Function::new().answer(router.clone(), event).await;
        assert_eq!(
            (
                &answer["statusCode"],
                &answer["body"],
                answer["headers"]["content-type"].as_str()
            ),
            (&json!(200), &json!(body), content_type),
            "{path}"
        );
    }
}
