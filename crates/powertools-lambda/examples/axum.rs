//! An axum router as a function, with logs, metrics and traces around every request; on a desk, on <http://127.0.0.1:3000>.

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use powertools_lambda::metrics::{self, Unit};
use powertools_lambda::{Powertools, tracer};
use serde_json::{Value, json};
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    let router = Router::new().route("/orders/{id}", get(order));
    Powertools::from_env().run_http(router).await
}

async fn order(Path(id): Path<String>) -> Json<Value> {
    info!("order looked up");
    metrics::add("OrdersViewed", Unit::Count, 1);
    tracer::annotate("order_id", id.as_str());
    Json(json!({ "id": id }))
}
