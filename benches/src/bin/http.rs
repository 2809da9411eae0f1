//! An axum router with logs, metrics and traces.

use axum::Router;
use axum::routing::get;
use lambda_runtime::Error;
use powertools_lambda::Powertools;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let router = Router::new().route("/orders/{id}", get(async || "hello"));
    Powertools::from_env().run_http(router).await
}
