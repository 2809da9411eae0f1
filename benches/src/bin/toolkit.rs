//! The same function with logs, metrics and traces.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::Powertools;
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    Powertools::from_env().run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(event.payload)
}
