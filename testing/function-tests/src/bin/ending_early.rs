//! A function whose `run` returns or panics: `CASE` names the way.

use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda::Powertools;
use powertools_lambda::core::Environment;
use powertools_lambda::metrics::{self, Unit};
use serde_json::Value;
use tower::service_fn;
use tracing_subscriber::util::SubscriberInitExt;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let case = Environment::process().variables().text("CASE");
    let powertools = Powertools::from_env();
    metrics::add("Started", Unit::Count, 1);
    match case.as_deref() {
        Some("sequential") => powertools.run_sequential(service_fn(handler)).await,
        Some("other subscriber") => {
            tracing_subscriber::registry().init();
            powertools.run(service_fn(handler)).await
        }
        _ => powertools.run(service_fn(handler)).await,
    }
}

async fn handler(_: LambdaEvent<Value>) -> Result<(), Error> {
    metrics::add("Handled", Unit::Count, 1);
    Ok(())
}
