//! A worker that charges the orders of a queue. Only the messages that failed are delivered again.

#[cfg(test)]
mod tests;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::batch::sqs::SqsEvent;
use powertools_lambda::batch::{self, BatchResult, Json};
use powertools_lambda::metrics::{self, Unit};
use powertools_lambda::{Powertools, tracer};
use serde::Deserialize;
use tracing::{info, instrument};

#[derive(Deserialize)]
struct Order {
    id: String,
    amount: f64,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    Powertools::from_env().run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<SqsEvent>) -> BatchResult<SqsEvent> {
    batch::process(event, charge).await
}

/// Handles one message. A body that is not an `Order` fails alone, before this is called.
#[instrument(skip_all, fields(order_id = order.id), err)] // on the message's records, and a subsegment of the trace
async fn charge(Json(order): Json<Order>) -> Result<(), Error> {
    tracer::annotate("order_id", order.id.as_str()); // to find the trace by
    if order.amount <= 0.0 {
        return Err("the amount is not positive".into());
    }
    metrics::add("OrdersCharged", Unit::Count, 1);
    info!(amount = order.amount, "order charged");
    Ok(())
}
