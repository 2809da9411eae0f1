//! `GET /product/{product_id}`: returns a product. It is slow for the product `slow`, and fails for `broken`.

use axum::extract::Path;
use axum::routing::get;
use axum::{Json, Router};
use lambda_runtime::Error;
use powertools_lambda::http_api::Checked;
use powertools_lambda::tracer;
use shopping_cart::Setup;
use shopping_cart::api::{Failure, Refusal};
use shopping_cart::product::{Product, ProductId, catalogue};
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    Setup::from_env().await?.serve(router()).await
}

fn router() -> Router {
    Router::new().route("/product/{product_id}", get(get_product))
}

async fn get_product(Checked(Path(product_id)): Checked<Path<ProductId>>) -> Result<Json<Product>, Failure> {
    tracer::annotate("product_id", product_id.as_str());
    tokio::time::sleep(catalogue::time_of(&product_id)).await;
    let found = catalogue::find(&product_id)?;
    let product = found.ok_or_else(|| Refusal::UnknownProduct(product_id.clone()))?;
    info!(%product_id, "product found");
    Ok(Json(product))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use powertools_lambda::test_util::{TestFunction, events};

    use super::*;

    async fn get(test: &TestFunction, product_id: &str) -> http::Response<Bytes> {
        let event = events::api_gateway_rest("GET", format!("/product/{product_id}"));
        test.request(router(), event).await.unwrap()
    }

    #[tokio::test]
    async fn a_product_is_found() {
        let test = TestFunction::new();
        let response = get(&test, "honey").await;
        assert_eq!(response.status(), 200);
        let product: serde_json::Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(
            (&product["productId"], &product["price"]),
            (&"honey".into(), &580.into())
        );
        assert_eq!(test.record("product found")["product_id"], "honey");
        assert_eq!(test.span("handler").annotation("product_id").unwrap(), "honey");
    }

    #[tokio::test]
    async fn an_unknown_product_is_refused() {
        let test = TestFunction::new();
        assert_eq!(get(&test, "gold").await.status(), 404);
        assert_eq!(test.record("request refused")["reason"], "there is no product gold");
    }

    #[tokio::test]
    async fn a_failure_is_logged_with_its_cause_and_answered() {
        let test = TestFunction::new();
        assert_eq!(get(&test, "broken").await.status(), 500);
        let record = test.record("request failed");
        assert_eq!((record.level(), record.exception_name()), ("ERROR", Some("StockError")));
    }
}
