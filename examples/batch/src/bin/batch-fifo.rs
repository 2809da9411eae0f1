//! Behind a FIFO queue: a failure holds up only the rest of its group.

use batch_functions::{Order, charge};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::Powertools;
use powertools_lambda::batch::sqs::{SqsEvent, SqsMessage};
use powertools_lambda::batch::{Batch, BatchResult, FailurePolicy, Json, Record, record_fn};

#[tokio::main]
async fn main() -> Result<(), Error> {
    Powertools::from_env().run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<SqsEvent>) -> BatchResult<SqsEvent> {
    let batch = Batch::sqs(record_fn(order_received))
        .failure_policy(FailurePolicy::SkipGroup)
        .concurrency(4); // groups run concurrently, each in order
    batch.process(event).await
}

/// Charges an order. With the card `slow`, the bank responds only to the second attempt.
async fn order_received(Json(order): Json<Order>, message: Record<SqsMessage>) -> Result<(), Error> {
    let received = message.attributes.get("ApproximateReceiveCount");
    if order.card == "slow" && received.is_some_and(|count| count == "1") {
        return Err("the bank did not respond".into());
    }
    Ok(charge(&order)?)
}

#[cfg(test)]
mod tests {
    use powertools_lambda::batch::sqs::SqsBatchResponse;
    use powertools_lambda::test_util::TestFunction;
    use powertools_lambda::test_util::events::{self, Sqs};
    use serde_json::json;

    use super::*;

    /// Returns a batch of orders with their groups and cards. The id of a message is that of its order.
    fn orders(orders: &[(&str, &str, &str)], receive_count: u32) -> Sqs {
        orders.iter().fold(events::sqs_fifo(), |event, (id, group, card)| {
            let body = json!({"id": id, "card": card}).to_string();
            event.message_with(body, |message| {
                message.id(*id).group(*group).receive_count(receive_count)
            })
        })
    }

    async fn invoke(test: &TestFunction, event: Sqs) -> Vec<String> {
        let response: SqsBatchResponse = test.invoke(service_fn(handler), event).await.unwrap();
        let failures = response.batch_item_failures.into_iter();
        failures.map(|failure| failure.item_identifier).collect()
    }

    /// Returns the orders that were charged so far, sorted.
    fn charged(test: &TestFunction) -> Vec<String> {
        let mut records = test.records();
        records.retain(|record| record.message() == "charged");
        let mut ids: Vec<_> = records
            .iter()
            .map(|record| record["order.id"].as_str().unwrap().to_owned())
            .collect();
        ids.sort_unstable();
        ids
    }

    #[tokio::test]
    async fn a_failure_holds_up_the_rest_of_its_group_only() {
        let test = TestFunction::new();
        let event = orders(
            &[
                ("A-1", "A", "4242"),
                ("B-1", "B", "4242"),
                ("A-2", "A", "slow"),
                ("B-2", "B", "4242"),
                ("A-3", "A", "4242"),
            ],
            1,
        );
        assert_eq!(invoke(&test, event).await, ["A-2", "A-3"]);
        assert_eq!(charged(&test), ["A-1", "B-1", "B-2"]);
    }

    #[tokio::test]
    async fn the_rest_of_the_group_is_charged_when_it_is_received_again() {
        let test = TestFunction::new();
        let event = orders(&[("A-2", "A", "slow"), ("A-3", "A", "4242")], 2);
        assert!(invoke(&test, event).await.is_empty());
        assert_eq!(charged(&test), ["A-2", "A-3"]);
    }

    #[tokio::test]
    async fn a_batch_of_one_failed_message_is_an_error() {
        let test = TestFunction::new();
        let event = orders(&[("A-2", "A", "slow")], 1);
        let result: Result<SqsBatchResponse, _> = test.invoke(service_fn(handler), event).await;
        assert!(result.is_err());
        let failure = test.record("record failed");
        assert_eq!(failure["record_id"], "A-2");
        assert_eq!(failure.exception(), Some("the bank did not respond"));
    }
}
