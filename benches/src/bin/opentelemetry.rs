//! The same function, whose traces go to an OTLP receiver.

use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::Powertools;
use powertools_lambda::opentelemetry::OpenTelemetry;
use serde_json::Value;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let otlp = OpenTelemetry::builder().otlp().build()?;
    let powertools = Powertools::builder().tracer(|tracer| otlp.configure(tracer));
    powertools.build().run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> {
    Ok(event.payload)
}
