//! Behind a standard queue: only failed messages are redelivered, and they end in the dead-letter queue.

use batch_functions::{Declined, Order, charge};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::Powertools;
use powertools_lambda::batch::sqs::{SqsEvent, SqsMessage};
use powertools_lambda::batch::{Batch, BatchResult, BatchSummary, Json, Record, record_fn};
use powertools_lambda::metrics::{self, Unit};
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    Powertools::from_env().run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<SqsEvent>) -> BatchResult<SqsEvent> {
    let batch = Batch::sqs(record_fn(order_received))
        .concurrency(4)
        .on_finish(count_orders);
    batch.process(event).await
}

async fn order_received(Json(order): Json<Order>, message: Record<SqsMessage>) -> Result<(), Declined> {
    info!(
        received = message.attributes.get("ApproximateReceiveCount"),
        "order received"
    );
    charge(&order)
}

fn count_orders(summary: &BatchSummary) {
    metrics::add("OrdersCharged", Unit::Count, summary.succeeded);
    metrics::add("OrdersFailed", Unit::Count, summary.failed);
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // counts are whole numbers

    use powertools_lambda::batch::sqs::SqsBatchResponse;
    use powertools_lambda::test_util::{LoggedRecord, TestFunction, events};
    use serde_json::json;

    use super::*;

    fn order(id: &str, card: &str) -> String {
        json!({"id": id, "card": card}).to_string()
    }

    fn failed_ids(response: &SqsBatchResponse) -> Vec<&str> {
        let failures = response.batch_item_failures.iter();
        failures.map(|failure| failure.item_identifier.as_str()).collect()
    }

    #[tokio::test]
    async fn only_the_failed_message_is_reported() {
        let test = TestFunction::new();
        let event = events::sqs()
            .message_with(order("A-1", "4242"), |message| message.id("m-1"))
            .message_with(order("A-2", "0000"), |message| message.id("m-2"));
        let response: SqsBatchResponse = test.invoke(service_fn(handler), event).await.unwrap();

        assert_eq!(failed_ids(&response), ["m-2"]);
        assert_eq!(test.metrics().sum("OrdersCharged"), 1.0);
        assert_eq!(test.metrics().sum("OrdersFailed"), 1.0);
        // The invocation succeeded; only the message's own span failed.
        assert!(!test.span("handler").is_fault());
        let spans = test.spans().into_iter().filter(|span| span.name() == "record");
        let mut faults: Vec<_> = spans
            .map(|span| (span.annotation("record_id").cloned().unwrap(), span.is_fault()))
            .collect();
        faults.sort_by_key(|(id, _)| id.to_string());
        assert_eq!(faults, [(json!("m-1"), false), (json!("m-2"), true)]);
    }

    #[tokio::test]
    async fn each_log_record_has_the_id_of_its_message() {
        let test = TestFunction::new();
        let event = events::sqs()
            .message_with(order("A-1", "4242"), |message| message.id("m-1").receive_count(2))
            .message_with(order("A-2", "0000"), |message| message.id("m-2"));
        let _: SqsBatchResponse = test.invoke(service_fn(handler), event).await.unwrap();

        let messages_of = |id: &str| {
            let mut records = test.records();
            records.retain(|record| record["record_id"] == id);
            let messages = records.iter().map(|record| record.message().to_owned());
            messages.collect::<Vec<_>>()
        };
        assert_eq!(messages_of("m-1"), ["order received", "charged"]);
        assert_eq!(messages_of("m-2"), ["order received", "record failed"]);
        assert_eq!(test.record("order received")["received"], "2");
        assert_eq!(test.record("charged")["order.id"], "A-1");
        let failure = test.record("record failed");
        assert_eq!((failure.level(), failure.exception_name()), ("ERROR", Some("Declined")));
        assert_eq!(failure.exception(), Some("the card of order A-2 was declined"));
    }

    #[tokio::test]
    async fn a_batch_in_which_every_message_fails_is_an_error() {
        let test = TestFunction::new();
        let event = events::sqs().message(order("A-1", "0000")).message("not JSON");
        let result: Result<SqsBatchResponse, _> = test.invoke(service_fn(handler), event).await;

        let error = result.unwrap_err();
        assert_eq!(error.error_type, "FullBatchError");
        assert_eq!(
            error.error_message,
            "no record was processed: 2 of 2 failed, 0 were not started"
        );
        assert_eq!(test.metrics().sum("OrdersFailed"), 2.0);
        assert!(test.span("handler").is_fault());
    }

    #[tokio::test]
    async fn a_message_that_is_not_an_order_does_not_reach_the_handler() {
        let test = TestFunction::new();
        let event = events::sqs()
            .message_with("not JSON", |message| message.id("m-1"))
            .message(order("A-2", "4242"));
        let response: SqsBatchResponse = test.invoke(service_fn(handler), event).await.unwrap();

        assert_eq!(failed_ids(&response), ["m-1"]);
        let mut records = test.records();
        records.retain(|record| record["record_id"] == "m-1");
        let messages: Vec<_> = records.iter().map(LoggedRecord::message).collect();
        assert_eq!(messages, ["record failed"]);
        assert_eq!(records[0].exception_name(), Some("DecodeError"));
    }
}
