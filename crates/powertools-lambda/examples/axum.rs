//! An axum router behind API Gateway, with logs, metrics and traces around every request.

use axum::body::to_bytes;
use axum::extract::Path;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use lambda_http::tower::ServiceBuilder;
use powertools_lambda::metrics::{self, Unit};
use powertools_lambda::{Powertools, tracer};
use serde_json::{Value, json};
use tracing::{info, instrument};

#[tokio::main]
async fn main() -> Result<(), lambda_http::Error> {
    let router = Router::new().route("/orders/{id}", get(order));
    let handler = ServiceBuilder::new()
        .layer_fn(lambda_http::Adapter::from)
        .and_then(read)
        .service(router);
    Powertools::from_env().run(handler).await
}

/// Reads the body of a response, because `lambda_http` requires it to be `Sync` for concurrent invocations, and axum's is not.
///
/// On-demand functions need none of this: `run_sequential(lambda_http::Adapter::from(router))`.
async fn read(response: Response) -> Result<lambda_http::Response<lambda_http::Body>, lambda_http::Error> {
    let (parts, body) = response.into_parts();
    let bytes = to_bytes(body, usize::MAX).await?;
    let body = match String::from_utf8(bytes.into()) {
        Ok(text) => lambda_http::Body::Text(text),
        Err(error) => lambda_http::Body::Binary(error.into_bytes()),
    };
    Ok(lambda_http::Response::from_parts(parts, body))
}

#[instrument]
async fn order(Path(id): Path<String>) -> Json<Value> {
    info!("order looked up");
    metrics::add("OrdersViewed", Unit::Count, 1);
    tracer::annotate("order_id", id.as_str());
    Json(json!({ "id": id }))
}
