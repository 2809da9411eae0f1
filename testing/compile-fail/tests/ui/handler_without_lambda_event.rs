//! A handler takes its payload instead of `LambdaEvent`.

use powertools_lambda::Powertools;
use powertools_lambda::lambda_runtime::{Error, service_fn};

#[derive(serde::Deserialize)]
struct Order;

async fn handler(_order: Order) -> Result<(), Error> {
    Ok(())
}

async fn run() -> Result<(), Error> {
    Powertools::from_env().run(service_fn(handler)).await
}

fn main() {}
