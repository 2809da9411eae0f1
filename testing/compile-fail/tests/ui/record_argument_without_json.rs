//! A record handler takes `Order` instead of `Json<Order>`.

use powertools_lambda::batch;
use powertools_lambda::batch::sqs::SqsEvent;
use powertools_lambda::lambda_runtime::{Error, LambdaEvent};

#[derive(serde::Deserialize)]
struct Order;

async fn charge(_order: Order) -> Result<(), Error> {
    Ok(())
}

async fn handler(event: LambdaEvent<SqsEvent>) -> batch::BatchResult<SqsEvent> {
    batch::process(event, charge).await
}

fn main() {}
