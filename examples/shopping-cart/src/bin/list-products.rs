//! `GET /product`: lists all products. Where the flag `cheapest_first` is on, the cheapest come first.

use std::sync::Arc;

use lambda_runtime::Error;
use powertools_lambda::feature_flags::EvaluationContext;
use serde_json::json;
use shopping_cart::api::{Answer, Request};
use shopping_cart::product::{Product, catalogue};
use shopping_cart::{Flags, Setup};
use tracing::info;

/// The header with the shopper's country, as `CloudFront` sets it.
const COUNTRY_HEADER: &str = "cloudfront-viewer-country";

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let flags = setup.flags()?;
    setup.serve(flags, list_products).await
}

async fn list_products(flags: Arc<Flags>, request: Request) -> Result<Answer, Error> {
    let country = request.header(COUNTRY_HEADER).map(|country| ("country", country));
    let context: EvaluationContext = country.into_iter().collect();
    let mut products: Vec<Product> = catalogue::all().collect();
    if flags.is_enabled("cheapest_first", &context).await {
        products.sort_by_key(|product| product.price);
    }
    info!(products = products.len(), "products listed");
    Ok(Answer::ok(&json!({ "products": products }))?)
}
