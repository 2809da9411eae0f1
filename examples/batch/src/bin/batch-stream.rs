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
