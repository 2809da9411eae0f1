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
