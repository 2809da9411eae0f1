//! `GET /cart/{product_id}/total`: returns the total of a product in all carts.

use std::sync::Arc;

use lambda_runtime::Error;
use serde_json::json;
use shopping_cart::Setup;
use shopping_cart::api::{Answer, Request};
use shopping_cart::table::Table;
use shopping_cart::totals::Totals;
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let totals = setup.totals()?;
    setup.serve(totals, cart_total).await
}

async fn cart_total<T: Table>(totals: Arc<Totals<T>>, request: Request) -> Result<Answer, Error> {
    let product_id = request.product_id()?;
    let quantity = totals.of(&product_id).await?;
    info!(%product_id, quantity, "total read");
    Ok(Answer::ok(&json!({"productId": product_id, "quantity": quantity}))?)
}
