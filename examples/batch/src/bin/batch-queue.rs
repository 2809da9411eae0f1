//! Behind a standard queue: only failed messages are redelivered, and they end in the dead-letter queue.

use batch_functions::{Declined, Order, charge};
use lambda_runtime::Error;
use powertools_lambda::Powertools;
use powertools_lambda::batch::sqs::SqsMessage;
use powertools_lambda::batch::{Batch, Json, Record, record_fn};
use powertools_lambda::metrics::{self, Unit};
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    // The batch is the whole handler.
    let batch = Batch::sqs(record_fn(order_received))
        .concurrency(4)
        .on_finish(|summary| {
            for (name, records) in [("OrdersCharged", summary.succeeded), ("OrdersFailed", summary.failed)] {
                metrics::add(name, Unit::Count, u32::try_from(records).unwrap_or(u32::MAX));
            }
        });
    Powertools::from_env().run(batch).await
}

async fn order_received(Json(order): Json<Order>, message: Record<SqsMessage>) -> Result<(), Declined> {
    info!(
        received = message.attributes.get("ApproximateReceiveCount"),
        "order received"
    );
    charge(&order)
}
