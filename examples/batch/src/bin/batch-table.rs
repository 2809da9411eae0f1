//! Behind a table's stream: items are decoded into types.

use batch_functions::{Declined, Order, charge};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::Powertools;
use powertools_lambda::batch;
use powertools_lambda::batch::dynamodb::{DynamoDbEvent, NewImage};
use powertools_lambda::logger::json;
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    Powertools::from_env().run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<DynamoDbEvent>) -> batch::BatchResult<DynamoDbEvent> {
    let records = event.payload.records.len();
    let response = batch::process(event, order_written).await?;
    info!(records, response = ?json(&response), "batch processed");
    Ok(response)
}

async fn order_written(NewImage(order): NewImage<Order>) -> Result<(), Declined> {
    charge(&order)
}

#[cfg(test)]
mod tests {
    use powertools_lambda::batch::dynamodb::DynamoDbEventResponse;
    use powertools_lambda::test_util::{TestFunction, events};

    use super::*;

    fn order(id: &str, card: &str) -> Order {
        Order {
            id: id.to_owned(),
            card: card.to_owned(),
        }
    }

    #[tokio::test]
    async fn the_stream_stops_at_the_first_failure() {
        let test = TestFunction::new();
        let event = events::dynamodb()
            .insert(&order("A-1", "4242"))
            .insert(&order("A-2", "0000"))
            .insert(&order("A-3", "4242"));
        let ids: Vec<_> = event
            .clone()
            .decode::<DynamoDbEvent>()
            .records
            .into_iter()
            .map(|record| record.change.sequence_number)
            .collect();
        let response: DynamoDbEventResponse = test.invoke(service_fn(handler), event).await.unwrap();

        // Everything from the first reported record on is delivered again.
        let failures = response.batch_item_failures.iter();
        let reported: Vec<_> = failures.map(|failure| failure.item_identifier.clone()).collect();
        assert_eq!(Some(&reported[0]), ids[1].as_ref());

        let mut charged = test.records();
        charged.retain(|record| record.message() == "charged");
        assert_eq!((charged.len(), &charged[0]["order.id"]), (1, &"A-1".into()));
        let failure = test.record("record failed");
        assert_eq!(failure.exception(), Some("the card of order A-2 was declined"));
        assert_eq!(test.record("batch processed")["records"], 3);
    }

    #[tokio::test]
    async fn a_removed_item_has_no_order_and_fails() {
        let test = TestFunction::new();
        let event = events::dynamodb()
            .insert(&order("A-1", "4242"))
            .remove(&order("A-1", "4242"));
        let response: DynamoDbEventResponse = test.invoke(service_fn(handler), event).await.unwrap();
        assert_eq!(response.batch_item_failures.len(), 1);
        assert_eq!(test.record("record failed").exception_name(), Some("DecodeError"));
    }
}
