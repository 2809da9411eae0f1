//! Behind the cart table's stream: updates the total of each product in all carts.

use lambda_runtime::{Error, LambdaEvent, Service};
use powertools_lambda::batch::dynamodb::{Change, DynamoDbEvent, DynamoDbEventRecord, DynamoDbEventResponse};
use powertools_lambda::batch::{Batch, BatchError, Record, record_fn};
use shopping_cart::Setup;
use shopping_cart::table::Table;
use shopping_cart::totals::{Counted, Delta, Totals};
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let totals = setup.totals()?;
    setup.into_powertools().run(aggregator(totals)).await
}

/// Returns the function: a batch is a service that handles events.
fn aggregator<T: Table + Clone>(
    totals: Totals<T>,
) -> impl Service<
    LambdaEvent<DynamoDbEvent>,
    Response = DynamoDbEventResponse,
    Error = BatchError<DynamoDbEventResponse>,
    Future: Send,
> + Clone
+ Send {
    let handler = move |change: Change<Counted>, record: Record<DynamoDbEventRecord>| {
        let totals = totals.clone();
        async move { count(&totals, &change, &record.event_id).await }
    };
    Batch::dynamodb(record_fn(handler))
        .concurrency(4)
        .on_finish(shopping_cart::count_records)
}

/// Counts a change. A redelivered change is not counted again.
async fn count(totals: &Totals<impl Table>, change: &Change<Counted>, event_id: &str) -> Result<(), Error> {
    if let Some(delta) = Delta::of(change) {
        let counted = totals.count(event_id, &delta).await?;
        info!(product_id = %delta.product_id, by = delta.by, counted, "change counted");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // counts are whole numbers

    use powertools_lambda::test_util::TestFunction;
    use powertools_lambda::test_util::events::{self, DynamoDb};
    use serde_json::{Value, json};
    use shopping_cart::test_util::{Fault, MemoryTable};

    use super::*;

    fn row(owner: &str, quantity: i64) -> Value {
        json!({"pk": owner, "sk": "product#honey", "quantity": quantity})
    }

    fn changes() -> DynamoDb {
        events::dynamodb().table("carts").keys(["pk", "sk"])
    }

    fn totals(test: &TestFunction, table: &MemoryTable) -> Totals<MemoryTable> {
        Totals::new(table.clone(), test.environment().environment().clock().clone())
    }

    #[tokio::test]
    async fn changes_are_counted_once_even_if_they_are_delivered_twice() {
        let test = TestFunction::new();
        let totals = totals(&test, &MemoryTable::default());
        let event = changes()
            .insert(&row("user#alice", 3))
            .modify(&row("cart#1", 1), &row("cart#1", 5));
        for _ in 0..2 {
            let response: DynamoDbEventResponse = test.invoke(aggregator(totals.clone()), event.clone()).await.unwrap();
            assert!(response.batch_item_failures.is_empty());
        }
        assert_eq!(totals.of(&"honey".parse().unwrap()).await.unwrap(), 3 + 4);
        let records = test.records();
        let counted: Vec<_> = records.iter().map(|record| record["counted"] == true).collect();
        assert_eq!(counted, [true, true, false, false]);
        assert_eq!(test.metrics().sum("RecordsSucceeded"), 4.0);
    }

    #[tokio::test]
    async fn a_change_that_cannot_be_counted_is_reported() {
        let (test, table) = (TestFunction::new(), MemoryTable::default());
        let totals = totals(&test, &table);
        // The first change fails at each of its three attempts.
        table.fail(vec![Fault::Lost; 3]);
        let event = changes().insert(&row("user#alice", 3)).insert(&row("user#alice", 4));
        let result: Result<DynamoDbEventResponse, _> = test.invoke(aggregator(totals.clone()), event).await;

        assert_eq!(result.unwrap_err().error_type, "FullBatchError");
        assert_eq!(test.record("change not counted, retrying").level(), "WARN");
        assert_eq!(test.record("record failed").exception(), Some("reset"));
        assert_eq!(totals.of(&"honey".parse().unwrap()).await.unwrap(), 0);
    }
}
