//! `POST /cart`: adds a quantity of a product to the cart, or subtracts it.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::post;
use axum::{Json, Router};
use http::HeaderMap;
use http::header::SET_COOKIE;
use lambda_runtime::Error;
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::parameters::ssm::Ssm;
use serde::Deserialize;
use shopping_cart::Setup;
use shopping_cart::access::Access;
use shopping_cart::api::{Body, Failure, Refusal, RequestKey};
use shopping_cart::cart::{Carts, MAX_QUANTITY};
use shopping_cart::product::{ProductId, Products};
use shopping_cart::table::DynamoDbTable;
use tracing::info;

const CART_UPDATED: MetricName = MetricName::new("CartUpdated");

struct AddToCart {
    access: Access<Ssm>,
    carts: Carts<DynamoDbTable>,
    products: Products,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Addition {
    product_id: ProductId,
    /// The quantity; negative to subtract.
    #[serde(default = "one")]
    quantity: i64,
}

fn one() -> i64 {
    1
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let function = AddToCart {
        access: setup.access().await?,
        carts: setup.carts()?,
        products: setup.products().await?,
    };
    let router = Router::new().route("/cart", post(add_to_cart));
    setup.serve(router.with_state(Arc::new(function))).await
}

async fn add_to_cart(
    State(function): State<Arc<AddToCart>>,
    headers: HeaderMap,
    Body(Addition { product_id, quantity }): Body<Addition>,
) -> Result<impl IntoResponse, Failure> {
    let owner = function.access.owner(&headers).await?;
    if quantity == 0 || quantity.unsigned_abs() > MAX_QUANTITY {
        let message =
            format!("quantity must be a whole number from 1 to {MAX_QUANTITY}, or from -{MAX_QUANTITY} to -1");
        return Err(Refusal::BadRequest(message).into());
    }
    let key = RequestKey::of(&headers)?;

    let product = function.products.find(&product_id).await?;
    let stock = function.carts.add(&owner, &product, quantity, key.as_ref()).await?;

    metrics::add(CART_UPDATED, Unit::Count, 1);
    info!(%product_id, added = quantity, quantity = stock.quantity, "cart updated");
    let cookie = owner.cookie().map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(cookie), Json(stock)))
}
