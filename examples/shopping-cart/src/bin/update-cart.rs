//! `PUT /cart/{product_id}`: sets the quantity of a product.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::put;
use axum::{Json, Router};
use http::HeaderMap;
use http::header::SET_COOKIE;
use lambda_runtime::Error;
use powertools_lambda::http_api::Checked;
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::parameters::Provider;
use serde::Deserialize;
use shopping_cart::Setup;
use shopping_cart::access::Access;
use shopping_cart::api::{Body, Failure, RequestKey};
use shopping_cart::cart::Carts;
use shopping_cart::product::ProductId;
use shopping_cart::table::Table;
use tracing::info;

const CART_UPDATED: MetricName = MetricName::new("CartUpdated");

struct UpdateCart<P: Provider, T> {
    access: Access<P>,
    carts: Carts<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    /// The quantity; zero removes the product.
    quantity: u64,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let function = UpdateCart {
        access: setup.access().await?,
        carts: setup.carts()?,
    };
    setup.serve(router(function)).await
}

fn router<P: Provider, T: Table + 'static>(function: UpdateCart<P, T>) -> Router {
    let route = put(update_cart::<P, T>);
    Router::new()
        .route("/cart/{product_id}", route)
        .with_state(Arc::new(function))
}

async fn update_cart<P: Provider, T: Table>(
    State(function): State<Arc<UpdateCart<P, T>>>,
    Checked(Path(product_id)): Checked<Path<ProductId>>,
    headers: HeaderMap,
    Body(Update { quantity }): Body<Update>,
) -> Result<impl IntoResponse, Failure> {
    let owner = function.access.owner(&headers).await?;
    let key = RequestKey::of(&headers)?;

    let stock = function.carts.set(&owner, &product_id, quantity, key.as_ref()).await?;

    metrics::add(CART_UPDATED, Unit::Count, 1);
    info!(%product_id, quantity, "cart updated");
    let cookie = owner.cookie().map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(cookie), Json(stock)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // counts are whole numbers

    use bytes::Bytes;
    use powertools_lambda::test_util::{TestFunction, events};
    use serde_json::{Value, json};
    use shopping_cart::access::{CartId, Owner};
    use shopping_cart::product::catalogue;
    use shopping_cart::test_util::{MemoryTable, access_without_keys};

    use super::*;

    /// Sends an update to a cart with two jars of honey.
    async fn update(test: &TestFunction, product_id: &str, body: &Value) -> http::Response<Bytes> {
        let (environment, cart) = (test.environment(), CartId::random());
        let carts = Carts::new(MemoryTable::default(), environment.environment().clock().clone());
        let honey = catalogue::find(&"honey".parse().unwrap()).unwrap().unwrap();
        carts.add(&Owner::Anonymous(cart), &honey, 2, None).await.unwrap();
        let state = UpdateCart {
            access: access_without_keys(environment),
            carts,
        };
        let event = events::api_gateway_rest("PUT", format!("/cart/{product_id}"))
            .header("cookie", format!("cartId={cart}"))
            .json_body(body);
        test.request(router(state), event).await.unwrap()
    }

    #[tokio::test]
    async fn the_quantity_is_set_and_counted() {
        let test = TestFunction::new();
        let response = update(&test, "honey", &json!({"quantity": 5})).await;

        assert_eq!(response.status(), 200);
        let stock: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(stock, json!({"productId": "honey", "quantity": 5}));
        assert_eq!(test.record("cart updated")["quantity"], 5);
        assert_eq!(test.metrics().sum("CartUpdated"), 1.0);
    }

    #[tokio::test]
    async fn a_refused_update_is_not_counted() {
        for (product_id, body, status) in [
            ("coffee", json!({"quantity": 1}), 404),
            ("honey", json!({"quantity": u64::MAX}), 409),
            ("honey", json!({"quantity": -1}), 400),
            ("honey", json!({"amount": 1}), 400),
        ] {
            let test = TestFunction::new();
            let response = update(&test, product_id, &body).await;
            assert_eq!(response.status(), status, "{body}");
            assert_eq!(test.record("request refused")["status"], status);
            assert_eq!(test.metrics().get("CartUpdated"), None);
        }
    }
}
