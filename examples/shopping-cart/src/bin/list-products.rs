//! `GET /product`: lists all products.

use std::sync::Arc;

use lambda_runtime::Error;
use serde_json::json;
use shopping_cart::Setup;
use shopping_cart::api::{Answer, Request};
use shopping_cart::product::{Product, catalogue};
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    Setup::from_env().await?.serve((), list_products).await
}

async fn list_products(_: Arc<()>, _: Request) -> Result<Answer, Error> {
    let products: Vec<Product> = catalogue::all().collect();
    info!(products = products.len(), "products listed");
    Ok(Answer::ok(&json!({ "products": products }))?)
}
