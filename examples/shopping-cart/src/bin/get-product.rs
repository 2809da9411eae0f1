//! `GET /product/{product_id}`: returns a product. It is slow for the product `slow`, and fails for `broken`.

use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::StatusCode;
use lambda_runtime::Error;
use powertools_lambda::http_api::{ApiError, Checked};
use powertools_lambda::tracer;
use shopping_cart::Setup;
use shopping_cart::api::{Failure, Refusal};
use shopping_cart::product::{ProductId, catalogue};
use tracing::{error, info};

#[tokio::main]
async fn main() -> Result<(), Error> {
    Setup::from_env().await?.serve(router()).await
}

fn router() -> Router {
    Router::new().route("/product/{product_id}", get(get_product))
}

async fn get_product(Checked(Path(product_id)): Checked<Path<ProductId>>) -> Result<Response, Failure> {
    tracer::annotate("product_id", product_id.as_str());
    tokio::time::sleep(catalogue::time_of(&product_id)).await;
    match catalogue::find(&product_id) {
        Ok(Some(product)) => {
            info!(%product_id, "product found");
            Ok(Json(product).into_response())
        }
        Ok(None) => Err(Refusal::UnknownProduct(product_id).into()),
        Err(error) => {
            error!(error = &error as &dyn std::error::Error, %product_id, "product lookup failed");
            let message = "the product service is unavailable";
            Ok(ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, message).into_response())
        }
    }
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
        let record = test.record("product lookup failed");
        assert_eq!((record.level(), record.exception_name()), ("ERROR", Some("StockError")));
    }
}
