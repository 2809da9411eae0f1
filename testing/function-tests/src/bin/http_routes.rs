//! A router that shows what a request is, and has responses of every kind. It streams if `STREAMING` is true.

use std::sync::LazyLock;

use axum::body::Bytes;
use axum::extract::{Path, Query, Request};
use axum::http::{StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::{any, get, post};
use axum::{Extension, Json, Router};
use lambda_runtime::Error;
use powertools_lambda::Powertools;
use powertools_lambda::core::Environment;
use powertools_lambda::http_api::{ApiError, EventSource};
use serde_json::{Value, json};

/// More than any source takes.
static LARGE: LazyLock<String> = LazyLock::new(|| "a".repeat(7_000_000));

#[tokio::main]
async fn main() -> Result<(), Error> {
    let is_streaming = Environment::process().variables().text("STREAMING").as_deref() == Some("true");
    let powertools = Powertools::builder().http(|http| http.access_log(true).streaming(is_streaming));
    powertools.build().run_http(router()).await
}

fn router() -> Router {
    Router::new()
        .route("/echo/{*rest}", any(echo))
        .route("/bytes", post(async |bytes: Bytes| bytes))
        .route("/binary", get(binary))
        .route("/headers", get(headers))
        .route("/empty", get(StatusCode::NO_CONTENT))
        .route(
            "/refused",
            get(async || ApiError::new(StatusCode::CONFLICT, "not enough in stock")),
        )
        .route("/large", get(async || LARGE.as_str()))
        .route("/bug", get(bug))
}

async fn echo(
    Path(rest): Path<String>,
    Query(query): Query<Vec<(String, String)>>,
    Extension(source): Extension<EventSource>,
    request: Request,
) -> Json<Value> {
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    Json(json!({
        "source": format!("{source:?}"),
        "method": request.method().as_str(),
        "rest": rest,
        "query": query,
        "cookie": header("cookie"),
        "x_id": header("x-id"),
    }))
}

async fn binary() -> impl IntoResponse {
    (
        [(header::CONTENT_TYPE, "image/png")],
        b"\x89PNG\r\n\x1a\n\x00\xff".as_slice(),
    )
}

async fn headers() -> impl IntoResponse {
    AppendHeaders([
        (header::SET_COOKIE, "a=1"),
        (header::SET_COOKIE, "b=2"),
        (header::VARY, "origin"),
        (header::VARY, "accept"),
    ])
}

#[allow(clippy::panic)] // it is what is tested
async fn bug() -> StatusCode {
    panic!("a bug")
}
