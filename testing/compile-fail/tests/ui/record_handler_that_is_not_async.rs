//! A record handler is not `async`.

use powertools_lambda::batch::{Batch, Json, record_fn};
use powertools_lambda::lambda_runtime::Error;

#[derive(serde::Deserialize)]
struct Order;

fn charge(Json(_order): Json<Order>) -> Result<(), Error> {
    Ok(())
}

fn main() {
    let _batch = Batch::sqs(record_fn(charge));
}
