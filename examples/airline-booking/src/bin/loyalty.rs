//! Behind the loyalty queue, to which the topic and the event bus deliver: counts points.

use std::sync::Arc;

use airline_booking::Setup;
use airline_booking::loyalty::{Change, LoyaltyEvent, Points};
use airline_booking::table::Table;
use lambda_runtime::{Error, LambdaEvent, Service};
use powertools_lambda::batch::sqs::{SqsBatchResponse, SqsEvent};
use powertools_lambda::batch::{Batch, BatchError, BatchSummary, FullFailurePolicy, Json};
use powertools_lambda::idempotency::{Idempotency, Key};
use powertools_lambda::idempotent_batch;
use powertools_lambda::logger::{Keys, WithKeys};
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::parameters::{Parameters, Provider};
use tracing::info;

const SUCCEEDED: MetricName = MetricName::new("RecordsSucceeded");
const FAILED: MetricName = MetricName::new("RecordsFailed");
const POINTS_ADDED: MetricName = MetricName::new("PointsAdded");
const POINTS_WITHDRAWN: MetricName = MetricName::new("PointsWithdrawn");

struct Loyalty<T, P: Provider> {
    points: Points<T>,
    parameters: Parameters<P>,
    /// The parameter with the points for each euro.
    rate: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let loyalty = Loyalty {
        points: setup.points()?,
        parameters: setup.parameters(),
        rate: setup.text("POINTS_RATE_PARAMETER")?,
    };
    let worker = worker(loyalty, setup.idempotency("points")?);
    setup.into_powertools().run(worker).await
}

/// Returns the function. Each earning of a booking is counted once, although topic, bus and queue may deliver it twice.
fn worker<T: Table, P: Provider>(
    loyalty: Loyalty<T, P>,
    idempotency: Idempotency,
) -> impl Service<LambdaEvent<SqsEvent>, Response = SqsBatchResponse, Error = BatchError<SqsBatchResponse>, Future: Send>
+ Clone
+ Send {
    let loyalty = Arc::new(loyalty);
    let key = |Json(event): Json<LoyaltyEvent>| Key::new(&(event.booking_id, event.kind));
    let handler = move |Json(event): Json<LoyaltyEvent>| {
        let loyalty = Arc::clone(&loyalty);
        let keys = Keys::new().key("booking_id", event.booking_id.to_string());
        async move { loyalty.count(&event).await }.with_keys(keys)
    };
    Batch::sqs(idempotent_batch::record_fn(idempotency, key, handler))
        .concurrency(4)
        // A poison message that is alone in its batch is not a failure of the function; it is counted as a failed record.
        .full_failure_policy(FullFailurePolicy::Report)
        .on_finish(|summary: &BatchSummary| {
            for (name, records) in [(SUCCEEDED, summary.succeeded), (FAILED, summary.failed)] {
                metrics::add(name, Unit::Count, records);
            }
        })
}

impl<T: Table, P: Provider> Loyalty<T, P> {
    async fn count(&self, event: &LoyaltyEvent) -> Result<(), Error> {
        event.link();
        let rate = self.parameters.get(&self.rate).json::<u32>().await?;
        let change = self.points.count(event, *rate).await?;
        let Change::By(points) = change else {
            info!(kind = %event.kind, "event counted before");
            return Ok(());
        };
        let name = if points < 0 { POINTS_WITHDRAWN } else { POINTS_ADDED };
        metrics::add(name, Unit::Count, points.abs());
        info!(kind = %event.kind, points, "event counted");
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // counts are whole numbers

    use airline_booking::booking::BookingId;
    use airline_booking::table::MemoryTable;
    use powertools_lambda::idempotency::MemoryStore;
    use powertools_lambda::test_util::{MapProvider, TestFunction, events};
    use serde_json::{Value, json};

    use super::*;

    fn event(kind: &str) -> Value {
        json!({"kind": kind, "bookingId": BookingId::of("ann", "1"), "traveller": "ann", "price": 12_900})
    }

    fn function(
        test: &TestFunction,
        table: &MemoryTable,
        rate: &str,
    ) -> impl Service<
        LambdaEvent<SqsEvent>,
        Response = SqsBatchResponse,
        Error = BatchError<SqsBatchResponse>,
        Future: Send,
    > + Clone
    + Send
    + use<> {
        let store = MapProvider::new().text("rate", rate);
        let loyalty = Loyalty {
            points: Points::new(table.clone()),
            parameters: Parameters::builder(store).environment(test.environment()).build(),
            rate: "rate".to_owned(),
        };
        worker(
            loyalty,
            Idempotency::builder(MemoryStore::new(), "points")
                .environment(test.environment())
                .build(),
        )
    }

    #[tokio::test]
    async fn what_topic_and_bus_deliver_twice_is_counted_once_each() {
        let (test, table) = (TestFunction::new(), MemoryTable::default());
        let function = function(&test, &table, "2");
        for _ in 0..2 {
            let events = events::sqs()
                .message(event("base").to_string())
                .message(event("bonus").to_string());
            let response: SqsBatchResponse = test.invoke(function.clone(), events).await.unwrap();
            assert!(response.batch_item_failures.is_empty());
        }
        assert_eq!(Points::new(table).of("ann").await.unwrap(), 2 * 2 * 129);
        assert_eq!(test.metrics().sum("PointsAdded"), 516.0);
    }

    #[tokio::test]
    async fn a_malformed_event_is_reported_and_the_others_are_counted() {
        let (test, table) = (TestFunction::new(), MemoryTable::default());
        let events = events::sqs()
            .message(event("base").to_string())
            .message_with("no event", |message| message.id("poison"));
        let response: SqsBatchResponse = test.invoke(function(&test, &table, "1"), events).await.unwrap();
        assert_eq!(response.batch_item_failures.len(), 1);
        assert_eq!(response.batch_item_failures[0].item_identifier, "poison");
        assert_eq!(test.metrics().sum("RecordsFailed"), 1.0);
        assert_eq!(Points::new(table).of("ann").await.unwrap(), 129);
    }

    #[tokio::test]
    async fn with_an_invalid_rate_the_event_fails_and_is_counted_when_it_is_redelivered() {
        let (test, table) = (TestFunction::new(), MemoryTable::default());
        for (rate, failed) in [("many", 1), ("1", 0)] {
            let events = events::sqs().message(event("base").to_string());
            let response: SqsBatchResponse = test.invoke(function(&test, &table, rate), events).await.unwrap();
            assert_eq!(response.batch_item_failures.len(), failed, "{rate}");
        }
        assert_eq!(Points::new(table).of("ann").await.unwrap(), 129);
    }
}
