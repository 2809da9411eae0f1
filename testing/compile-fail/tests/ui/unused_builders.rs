//! A `Batch` and a builder are dropped.

#![deny(unused_must_use)]

use powertools_lambda::batch::{Batch, Json, record_fn};
use powertools_lambda::lambda_runtime::Error;
use powertools_lambda::parameters::Parameters;
use powertools_lambda::parameters::test_util::MapProvider;

#[derive(serde::Deserialize)]
struct Order;

async fn charge(Json(_order): Json<Order>) -> Result<(), Error> {
    Ok(())
}

fn main() {
    Batch::sqs(record_fn(charge)).concurrency(8);
    Parameters::builder(MapProvider::new()).capacity(10);
}
