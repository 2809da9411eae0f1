//! Behind the cart table's stream: updates the total of each product in all carts.

use lambda_runtime::Error;
use powertools_lambda::batch::dynamodb::{Change, DynamoDbEventRecord};
use powertools_lambda::batch::{Batch, Record, record_fn};
use shopping_cart::Setup;
use shopping_cart::table::DynamoDbTable;
use shopping_cart::totals::{Counted, Delta, Totals};
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let totals = setup.totals()?;
    let handler = move |change: Change<Counted>, record: Record<DynamoDbEventRecord>| {
        let totals = totals.clone();
        async move { count(&totals, &change, &record.event_id).await }
    };
    let batch = Batch::dynamodb(record_fn(handler))
        .concurrency(4)
        .on_finish(shopping_cart::count_records);
    setup.into_powertools().run(batch).await
}

/// Counts a change. A redelivered change is not counted again.
async fn count(totals: &Totals<DynamoDbTable>, change: &Change<Counted>, event_id: &str) -> Result<(), Error> {
    if let Some(delta) = Delta::of(change) {
        let counted = totals.count(event_id, &delta).await?;
        info!(product_id = %delta.product_id, by = delta.by, counted, "change counted");
    }
    Ok(())
}
