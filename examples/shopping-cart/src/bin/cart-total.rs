//! `GET /cart/{product_id}/total`: returns the total of a product in all carts.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use lambda_runtime::Error;
use powertools_lambda::http_api::Checked;
use serde_json::{Value, json};
use shopping_cart::Setup;
use shopping_cart::api::Failure;
use shopping_cart::product::ProductId;
use shopping_cart::table::Table;
use shopping_cart::totals::Totals;
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let totals = setup.totals()?;
    setup.serve(router(totals)).await
}

fn router<T: Table + 'static>(totals: Totals<T>) -> Router {
    let route = get(cart_total::<T>);
    Router::new()
        .route("/cart/{product_id}/total", route)
        .with_state(Arc::new(totals))
}

async fn cart_total<T: Table>(
    State(totals): State<Arc<Totals<T>>>,
    Checked(Path(product_id)): Checked<Path<ProductId>>,
) -> Result<Json<Value>, Failure> {
    let quantity = totals.of(&product_id).await?;
    info!(%product_id, quantity, "total read");
    Ok(Json(json!({"productId": product_id, "quantity": quantity})))
}

#[cfg(test)]
mod tests {
    use powertools_lambda::test_util::{TestFunction, events};
    use shopping_cart::test_util::MemoryTable;
    use shopping_cart::totals::Delta;

    use super::*;

    #[tokio::test]
    async fn the_total_of_a_product_is_read() {
        let test = TestFunction::new();
        let clock = test.environment().environment().clock().clone();
        let totals = Totals::new(MemoryTable::default(), clock);
        let product_id: ProductId = "honey".parse().unwrap();
        totals.count("e-1", &Delta { product_id, by: 3 }).await.unwrap();

        let event = events::api_gateway_rest("GET", "/cart/honey/total");
        let response = test.request(router(totals), event).await.unwrap();

        let body: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(body, json!({"productId": "honey", "quantity": 3}));
        assert_eq!(test.record("total read")["quantity"], 3);
        assert_eq!(test.span("of").annotation("product_id").unwrap(), "honey");
    }
}
