//! The examples of the guide: runs their code, and checks that it shows the real answers.

// example: imports
use std::time::Duration;

use ::axum::extract::{Path, Request};
use ::axum::http::{HeaderValue, Method, StatusCode, header};
use ::axum::middleware::{Next, from_fn};
use ::axum::response::{Html, Response};
use ::axum::routing::{get, post};
use ::axum::{Json, Router};
use garde::Validate;
use powertools_lambda_http::{ApiError, Checked};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa::{OpenApi, ToSchema};
use utoipa_scalar::Scalar;
// end

use powertools_lambda_core::test_util::events;

use crate::common::Function;

#[rustfmt::skip] // the guide's lines
mod errors {
    use super::*;

    // example: errors
    #[derive(Deserialize)]
    struct Reservation {
        quantity: u32,
    }

    async fn reserve(
        Checked(Path(id)): Checked<Path<String>>,
        Checked(Json(reservation)): Checked<Json<Reservation>>,
    ) -> Result<Json<Value>, ApiError> {
        let stock = stock_of(&id)?; // any error: logged, and the client gets status 500
        if reservation.quantity > stock {
            return Err(ApiError::new(StatusCode::CONFLICT, "not enough in stock")
                .code("out_of_stock")
                .details(json!({ "stock": stock })));
        }
        Ok(Json(json!({ "left": stock - reservation.quantity })))
    }
    // end

    fn stock_of(id: &str) -> Result<u32, std::num::ParseIntError> {
        id.trim_start_matches("honey-").parse()
    }

    pub(super) fn router() -> Router {
        Router::new().route("/stock/{id}", post(reserve))
    }
}

#[rustfmt::skip]
fn cors() -> Router {
    // example: cors
    let cors = CorsLayer::new()
        .allow_origin(HeaderValue::from_static("https://shop.example"))
        .allow_methods([Method::GET, Method::PUT])
        .allow_credentials(true);
    let router = Router::new().route("/orders", get("orders")).layer(cors);
    // end
    router
}

#[rustfmt::skip]
fn compression() -> Router {
    let orders = "order ".repeat(1_000);
    // example: compression
    let router = Router::new()
        .route("/orders", get(orders))
        .layer(CompressionLayer::new());
    // end
    router
}

#[rustfmt::skip]
fn limits() -> Router {
    let place = async |body: String| body;
    let slow = async || std::future::pending::<()>().await;
    // example: limits
    let timeout = TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, Duration::from_millis(20));
    let router = Router::new()
        .route("/orders", post(place))
        .route("/slow", get(slow))
        .layer(RequestBodyLimitLayer::new(1_024))
        .layer(timeout);
    // end
    router
}

#[rustfmt::skip]
mod auth {
    use super::*;

    // example: auth
    async fn signed_in(request: Request, next: Next) -> Result<Response, ApiError> {
        let token = request.headers().get(header::AUTHORIZATION);
        match token.and_then(|token| token.to_str().ok()?.strip_prefix("Bearer ")) {
            Some(token) if is_valid(token) => Ok(next.run(request).await),
            _ => Err(ApiError::new(StatusCode::UNAUTHORIZED, "sign in first")
                .header(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"))),
        }
    }

    pub(super) fn router() -> Router {
        Router::new().route("/orders", get("orders")).route_layer(from_fn(signed_in))
    }
    // end

    fn is_valid(token: &str) -> bool {
        token == "ok"
    }
}

#[rustfmt::skip]
mod validation {
    use super::*;

    // example: validation
    #[derive(Deserialize, Validate)]
    struct Order {
        #[garde(length(min = 1, max = 64))]
        product: String,
        #[garde(range(min = 1, max = 100))]
        quantity: u32,
    }

    async fn place(Checked(Json(order)): Checked<Json<Order>>) -> Result<String, ApiError> {
        order.validate().map_err(|report| {
            let fields: Vec<_> = report.iter().map(|(path, _)| path.to_string()).collect();
            ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "the order is not valid").details(json!({ "fields": fields }))
        })?;
        Ok(format!("{} of {}", order.quantity, order.product))
    }
    // end

    pub(super) fn router() -> Router {
        Router::new().route("/orders", post(place))
    }
}

#[rustfmt::skip]
mod openapi {
    use super::*;

    // example: openapi
    #[derive(Serialize, ToSchema)]
    struct Order {
        id: String,
    }

    /// Returns an order.
    #[utoipa::path(get, path = "/orders/{id}", params(("id" = String, Path)), responses((status = 200, body = Order)))]
    async fn order(Path(id): Path<String>) -> Json<Order> {
        Json(Order { id })
    }

    #[derive(OpenApi)]
    #[openapi(paths(order), info(title = "Orders"))]
    struct Api;

    pub(super) fn router() -> Router {
        Router::new()
            .route("/orders/{id}", get(order))
            .route("/openapi.json", get(async || Json(Api::openapi())))
            .route("/docs", get(async || Html(Scalar::new(Api::openapi()).to_html())))
    }
    // end
}

#[rustfmt::skip]
fn nested() -> Router {
    let orders = Router::new().route("/orders", get("orders"));
    // example: nested
    let router = Router::new().nest("/v1", orders);
    // end
    router
}

async fn answer(router: Router, event: impl Into<events::Event>) -> Value {
    Function::new().answer(router, event).await
}

#[tokio::test]
async fn the_guide_shows_this_code_and_what_it_answers() {
    let reserve = |id: &str, body: &str| {
        let event = events::api_gateway_http("POST", format!("/stock/{id}"));
        event.header("content-type", "application/json").body(body)
    };
    assert_eq!(
        answer(errors::router(), reserve("honey-3", r#"{"quantity":1}"#)).await["body"],
        r#"{"left":2}"#
    );
    let mut answers = Vec::new();
    for (id, body) in [
        ("honey-3", r#"{"quantity":7}"#),
        ("honey-3", r#"{"quantity":"7"}"#),
        ("honey", r#"{"quantity":7}"#),
    ] {
        answers.push(
            answer(errors::router(), reserve(id, body)).await["body"]
                .as_str()
                .unwrap()
                .to_owned(),
        );
    }

    let get = |path: &str| events::api_gateway_http("GET", path);
    let origin = get("/orders").header("origin", "https://shop.example");
    let headers = &answer(cors(), origin).await["headers"];
    assert_eq!(headers["access-control-allow-origin"], "https://shop.example");
    assert_eq!(headers["access-control-allow-credentials"], "true");
    let preflight = events::api_gateway_http("OPTIONS", "/orders")
        .header("origin", "https://shop.example")
        .header("access-control-request-method", "PUT");
    assert_eq!(
        answer(cors(), preflight).await["headers"]["access-control-allow-methods"],
        "GET,PUT"
    );

    let compressed = answer(compression(), get("/orders").header("accept-encoding", "gzip")).await;
    assert_eq!(compressed["headers"]["content-encoding"], "gzip");
    assert_eq!(compressed["isBase64Encoded"], true);
    assert!(compressed["body"].as_str().unwrap().len() < 1_000);

    let place = |bytes| events::api_gateway_http("POST", "/orders").body("a".repeat(bytes));
    assert_eq!(answer(limits(), place(1_024)).await["statusCode"], 200);
    assert_eq!(answer(limits(), place(1_025)).await["statusCode"], 413);
    assert_eq!(answer(limits(), get("/slow")).await["statusCode"], 504);

    assert_eq!(answer(auth::router(), get("/orders")).await["statusCode"], 401);
    assert_eq!(
        answer(auth::router(), get("/orders").header("authorization", "Bearer ok")).await["body"],
        "orders"
    );

    let order = |body: &str| {
        let event = events::api_gateway_http("POST", "/orders").header("content-type", "application/json");
        event.body(body)
    };
    assert_eq!(
        answer(validation::router(), order(r#"{"product":"honey","quantity":2}"#)).await["body"],
        "2 of honey"
    );
    let refused = answer(validation::router(), order(r#"{"product":"","quantity":200}"#)).await;
    assert_eq!(refused["statusCode"], 422);

    let api = answer(openapi::router(), get("/openapi.json")).await;
    let api: Value = serde_json::from_str(api["body"].as_str().unwrap()).unwrap();
    assert!(api["paths"]["/orders/{id}"]["get"].is_object(), "{api}");
    let page = answer(openapi::router(), get("/docs")).await;
    assert!(page["body"].as_str().unwrap().contains("Orders"), "{page}");
    assert_eq!(
        answer(openapi::router(), get("/orders/7")).await["body"],
        r#"{"id":"7"}"#
    );

    assert_eq!(answer(nested(), get("/v1/orders")).await["body"], "orders");

    compare(&answers.join("\n"), refused["body"].as_str().unwrap());
}

/// Compares the guide with the code above and with what it answered.
fn compare(errors: &str, refused: &str) {
    // The guide has the paths of the umbrella crate, and no module `axum`.
    let source = include_str!("guide.rs")
        .replace("powertools_lambda_http", "powertools_lambda::http_api")
        .replace("use ::axum", "use axum");
    let text = include_str!("../../docs/guide.md");
    guide_check::check("crates/http/docs/guide.md", text, &source, |guide| {
        guide.left_out("[dependencies]", "cargo reads it");
        for example in [
            "imports",
            "errors",
            "cors",
            "compression",
            "limits",
            "auth",
            "validation",
            "openapi",
            "nested",
        ] {
            guide.code(example);
        }
        guide.output("errors", "json", errors);
        guide.output("validation", "json", refused);
        guide.left_out(
            "use axum::extract::Path;",
            "the documentation of `run_http` and the example `axum` compile it",
        );
        guide.left_out(
            "$ cargo run",
            "it serves until Ctrl-C; a test of `powertools-lambda` starts the example `axum`",
        );
        guide.left_out(
            "use powertools_lambda::Powertools;",
            "the tests of the options run them",
        );
        guide.left_out(
            "use powertools_lambda::test_util",
            "the documentation of `TestFunction::request` runs it",
        );
    });
}
