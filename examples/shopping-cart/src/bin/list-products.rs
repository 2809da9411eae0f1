//! `GET /product`: lists all products. Where the flag `cheapest_first` is on, the cheapest come first.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use http::HeaderMap;
use lambda_runtime::Error;
use powertools_lambda::feature_flags::EvaluationContext;
use serde_json::{Value, json};
use shopping_cart::product::{Product, catalogue};
use shopping_cart::{Flags, Setup};
use tracing::info;

/// The header with the shopper's country, as `CloudFront` sets it.
const COUNTRY_HEADER: &str = "cloudfront-viewer-country";

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let flags = setup.flags()?;
    let router = Router::new().route("/product", get(list_products));
    setup.serve(router.with_state(Arc::new(flags))).await
}

async fn list_products(State(flags): State<Arc<Flags>>, headers: HeaderMap) -> Json<Value> {
    let country = headers.get(COUNTRY_HEADER).and_then(|country| country.to_str().ok());
    let country = country.map(|country| ("country", country));
    let context: EvaluationContext = country.into_iter().collect();
    let mut products: Vec<Product> = catalogue::all().collect();
    if flags.is_enabled("cheapest_first", &context).await {
        products.sort_by_key(|product| product.price);
    }
    info!(products = products.len(), "products listed");
    Json(json!({ "products": products }))
}
