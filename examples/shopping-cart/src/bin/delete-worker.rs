//! Behind the removal queue: removes rows of anonymous carts that a migration has emptied.

use lambda_runtime::{Error, LambdaEvent, Service};
use powertools_lambda::batch::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use powertools_lambda::batch::{Batch, BatchError, FullFailurePolicy, Json, Record};
use powertools_lambda::idempotency::{Idempotency, Key};
use powertools_lambda::idempotent_batch::record_fn;
use powertools_lambda::logger::{Keys, WithKeys};
use powertools_lambda::metrics::{self, MetricName, Unit};
use shopping_cart::Setup;
use shopping_cart::cart::Carts;
use shopping_cart::removal::Removal;
use shopping_cart::table::Table;
use tracing::info;

const ITEMS_DELETED: MetricName = MetricName::new("ItemsDeleted");

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let (carts, idempotency) = (setup.carts()?, setup.idempotency("removal")?);
    setup.into_powertools().run(worker(carts, idempotency)).await
}

/// Returns the function: a batch is a service that handles events.
fn worker<T: Table + Clone>(
    carts: Carts<T>,
    idempotency: Idempotency,
) -> impl Service<LambdaEvent<SqsEvent>, Response = SqsBatchResponse, Error = BatchError<SqsBatchResponse>, Future: Send>
+ Clone
+ Send {
    let handler = move |Json(removal): Json<Removal>| {
        let carts = carts.clone();
        let keys = Keys::new().key("cart_id", removal.cart_id.to_string());
        let keys = match &removal.correlation_id {
            Some(id) => keys.key("correlation_id", id),
            None => keys,
        };
        async move { remove(&carts, &removal).await }.with_keys(keys)
    };
    // Not a key from the body: a row that was filled again and emptied again is another removal of the same product.
    let key = |message: Record<SqsMessage>| Key::new(&message.message_id);
    Batch::sqs(record_fn(idempotency, key, handler))
        .concurrency(4)
        // A poison message that is alone in its batch is not a failure of the function; it is counted as a failed record.
        .full_failure_policy(FullFailurePolicy::Report)
        .on_finish(shopping_cart::count_records)
}

/// Removes a row if it is still empty. A redelivered message does not come here.
async fn remove(carts: &Carts<impl Table>, removal: &Removal) -> Result<(), Error> {
    let product_id = &removal.product_id;
    if carts.remove_emptied(removal.cart_id, product_id).await? {
        metrics::add(ITEMS_DELETED, Unit::Count, 1);
        info!(%product_id, "item deleted");
    } else {
        info!(%product_id, "nothing to delete");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // counts are whole numbers

    use powertools_lambda::idempotency::MemoryStore;
    use powertools_lambda::test_util::{TestFunction, events};
    use serde_json::json;
    use shopping_cart::access::{CartId, Owner};
    use shopping_cart::product::catalogue;
    use shopping_cart::test_util::MemoryTable;

    use super::*;

    /// Returns carts in which a migration has emptied the honey of `cart`.
    async fn migrated(test: &TestFunction, cart: CartId) -> Carts<MemoryTable> {
        let clock = test.environment().environment().clock().clone();
        let carts = Carts::new(MemoryTable::default(), clock);
        let honey = catalogue::find(&"honey".parse().unwrap()).unwrap().unwrap();
        carts.add(&Owner::Anonymous(cart), &honey, 2, None).await.unwrap();
        carts.migrate(cart, &Owner::User("alice".into())).await.unwrap();
        carts
    }

    fn removal(cart: CartId) -> String {
        json!({"cartId": cart, "productId": "honey", "correlationId": "r-1"}).to_string()
    }

    fn idempotency(test: &TestFunction, store: &MemoryStore) -> Idempotency {
        let idempotency = Idempotency::builder(store.clone(), "removal");
        idempotency.environment(test.environment()).build()
    }

    #[tokio::test]
    async fn a_message_that_is_delivered_twice_is_handled_once() {
        let (test, cart, store) = (TestFunction::new(), CartId::random(), MemoryStore::new());
        let carts = migrated(&test, cart).await;
        let worker = worker(carts, idempotency(&test, &store));
        for _ in 0..2 {
            let event = events::sqs().message_with(removal(cart), |message| message.id("m-1"));
            let response: SqsBatchResponse = test.invoke(worker.clone(), event).await.unwrap();
            assert!(response.batch_item_failures.is_empty());
        }
        let handled = test.records().into_iter().map(|record| record.message().to_owned());
        let handled: Vec<_> = handled
            .filter(|message| message.ends_with("delete") || message.ends_with("deleted"))
            .collect();
        assert_eq!((handled, store.records().len()), (vec!["item deleted".to_owned()], 1));
        assert_eq!(test.metrics().sum("RecordsSucceeded"), 2.0);
    }

    #[tokio::test]
    async fn a_removal_that_is_sent_twice_removes_its_row_once() {
        let (test, cart) = (TestFunction::new(), CartId::random());
        let carts = migrated(&test, cart).await;
        let worker = worker(carts, idempotency(&test, &MemoryStore::new()));
        for id in ["m-1", "m-2"] {
            let event = events::sqs().message_with(removal(cart), |message| message.id(id));
            let response: SqsBatchResponse = test.invoke(worker.clone(), event).await.unwrap();
            assert!(response.batch_item_failures.is_empty());
        }
        let deleted = test.record("item deleted");
        assert_eq!(
            (&deleted["cart_id"], &deleted["correlation_id"]),
            (&json!(cart), &json!("r-1"))
        );
        assert_eq!(test.record("nothing to delete")["product_id"], "honey");
        assert_eq!(test.metrics().sum("ItemsDeleted"), 1.0);
        assert_eq!(test.metrics().sum("RecordsSucceeded"), 2.0);
    }

    #[tokio::test]
    async fn only_a_poison_message_is_reported() {
        let (test, cart, store) = (TestFunction::new(), CartId::random(), MemoryStore::new());
        let carts = migrated(&test, cart).await;
        let event = events::sqs()
            .message(removal(cart))
            .message_with("not a removal", |message| message.id("poison"));
        let response: SqsBatchResponse = test
            .invoke(worker(carts, idempotency(&test, &store)), event)
            .await
            .unwrap();

        assert_eq!(response.batch_item_failures.len(), 1);
        assert_eq!(response.batch_item_failures[0].item_identifier, "poison");
        assert_eq!(test.record("record failed")["record_id"], "poison");
        assert_eq!(test.metrics().sum("RecordsFailed"), 1.0);
        assert_eq!(store.records().len(), 1, "the key of the poison message is free again");
    }

    #[tokio::test]
    async fn a_poison_message_that_is_alone_in_its_batch_does_not_fail_the_function() {
        let test = TestFunction::new();
        let carts = migrated(&test, CartId::random()).await;
        let response: SqsBatchResponse = test
            .invoke(
                worker(carts, idempotency(&test, &MemoryStore::new())),
                events::sqs().message("not a removal"),
            )
            .await
            .unwrap();

        assert_eq!(response.batch_item_failures.len(), 1);
        assert!(!test.span("handler").is_fault());
        assert_eq!(test.metrics().sum("RecordsFailed"), 1.0);
    }
}
