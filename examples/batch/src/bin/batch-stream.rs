//! Behind a Kinesis stream: stops at the first failure, so that processed records are not processed again.

use batch_functions::{Declined, Order, charge};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::Powertools;
use powertools_lambda::batch::kinesis::KinesisEvent;
use powertools_lambda::batch::{self, Json};
use powertools_lambda::logger::json;
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    Powertools::from_env().run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<KinesisEvent>) -> batch::BatchResult<KinesisEvent> {
    let records = event.payload.records.len();
    let response = batch::process(event, order_read).await?;
    info!(records, response = ?json(&response), "batch processed");
    Ok(response)
}

async fn order_read(Json(order): Json<Order>) -> Result<(), Declined> {
    charge(&order)
}

#[cfg(test)]
mod tests {
    use powertools_lambda::batch::kinesis::KinesisEventResponse;
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
        let event = events::kinesis()
            .json_record(&order("A-1", "4242"))
            .json_record(&order("A-2", "0000"))
            .json_record(&order("A-3", "4242"));
        let ids: Vec<_> = event
            .clone()
            .decode::<KinesisEvent>()
            .records
            .into_iter()
            .map(|record| record.kinesis.sequence_number)
            .collect();
        let response: KinesisEventResponse = test.invoke(service_fn(handler), event).await.unwrap();

        // Everything from the first reported record on is delivered again.
        let failures = response.batch_item_failures.iter();
        let reported: Vec<_> = failures.map(|failure| failure.item_identifier.clone()).collect();
        assert_eq!(reported[0], ids[1]);

        let mut charged = test.records();
        charged.retain(|record| record.message() == "charged");
        assert_eq!((charged.len(), &charged[0]["order.id"]), (1, &"A-1".into()));
        let failure = test.record("record failed");
        assert_eq!(failure.exception(), Some("the card of order A-2 was declined"));
        assert_eq!(test.record("batch processed")["records"], 3);
    }

    #[tokio::test]
    async fn nothing_is_reported_if_all_orders_are_charged() {
        let test = TestFunction::new();
        let event = events::kinesis().json_record(&order("A-1", "4242"));
        let response: KinesisEventResponse = test.invoke(service_fn(handler), event).await.unwrap();
        assert!(response.batch_item_failures.is_empty());
        assert_eq!(test.record("charged").level(), "INFO");
    }
}
