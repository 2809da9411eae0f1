//! Behind the removal queue: removes rows of anonymous carts that a migration has emptied.

use lambda_runtime::Error;
use powertools_lambda::batch::{Batch, FullFailurePolicy, Json, record_fn};
use powertools_lambda::logger::{Keys, WithKeys};
use powertools_lambda::metrics::{self, MetricName, Unit};
use shopping_cart::Setup;
use shopping_cart::cart::Carts;
use shopping_cart::removal::Removal;
use shopping_cart::table::DynamoDbTable;
use tracing::info;

const ITEMS_DELETED: MetricName = MetricName::new("ItemsDeleted");

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let carts = setup.carts()?;
    let handler = move |Json(removal): Json<Removal>| {
        let carts = carts.clone();
        let keys = Keys::new().key("cart_id", removal.cart_id.to_string());
        let keys = match &removal.correlation_id {
            Some(id) => keys.key("correlation_id", id),
            None => keys,
        };
        async move { remove(&carts, &removal).await }.with_keys(keys)
    };
    let batch = Batch::sqs(record_fn(handler))
        .concurrency(4)
        // A poison message that is alone in its batch is not a failure of the function; it is counted as a failed record.
        .full_failure_policy(FullFailurePolicy::Report)
        .on_finish(shopping_cart::count_records);
    setup.into_powertools().run(batch).await
}

/// Removes a row. A redelivered message has no effect.
async fn remove(carts: &Carts<DynamoDbTable>, removal: &Removal) -> Result<(), Error> {
    let product_id = &removal.product_id;
    if carts.remove_emptied(removal.cart_id, product_id).await? {
        metrics::add(ITEMS_DELETED, Unit::Count, 1);
        info!(%product_id, "item deleted");
    } else {
        info!(%product_id, "nothing to delete");
    }
    Ok(())
}
