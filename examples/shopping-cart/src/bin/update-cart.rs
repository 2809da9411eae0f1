//! `PUT /cart/{product_id}`: sets the quantity of a product.

use std::sync::Arc;

use lambda_runtime::Error;
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::parameters::Provider;
use serde::Deserialize;
use shopping_cart::Setup;
use shopping_cart::access::Access;
use shopping_cart::api::{Answer, Request, RequestKey};
use shopping_cart::cart::Carts;
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
    setup.serve(function, update_cart).await
}

async fn update_cart<P: Provider, T: Table>(
    function: Arc<UpdateCart<P, T>>,
    request: Request,
) -> Result<Answer, Error> {
    let owner = function.access.owner(&request).await?;
    let product_id = request.product_id()?;
    let Update { quantity } = request.json()?;
    let key = RequestKey::of(&request)?;

    let stock = function.carts.set(&owner, &product_id, quantity, key.as_ref()).await?;

    metrics::add(CART_UPDATED, Unit::Count, 1);
    info!(%product_id, quantity, "cart updated");
    Ok(Answer::ok(&stock)?.cookie(owner.cookie()))
}
