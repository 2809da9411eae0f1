//! A record handler returns an error that does not convert into `lambda_runtime::Error`.

use powertools_lambda::batch::{Batch, Json, record_fn};

#[derive(serde::Deserialize)]
struct Order;

#[derive(Debug)]
struct Declined;

async fn charge(Json(_order): Json<Order>) -> Result<(), Declined> {
    Err(Declined)
}

fn main() {
    let _batch = Batch::sqs(record_fn(charge));
}
