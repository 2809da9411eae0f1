//! A function that is terminated while it has unsent metrics, spans and log records.

use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda::Powertools;
use powertools_lambda::logger::LogBuffer;
use powertools_lambda::metrics::{self, Unit};
use serde_json::Value;
use tower::service_fn;
use tracing::{debug, info, info_span};

#[tokio::main]
async fn main() -> Result<(), Error> {
    let powertools = Powertools::builder()
        .logger(|logger| logger.buffer(LogBuffer::new()))
        .build();
    powertools.spawn_graceful_shutdown_handler().await;
    metrics::add("Started", Unit::Count, 1);
    powertools.run(service_fn(handler)).await
}

async fn handler(_: LambdaEvent<Value>) -> Result<(), Error> {
    metrics::add("Open", Unit::Count, 1);
    debug!("a detail");
    info_span!("done").in_scope(|| ());
    info!("waiting");
    std::future::pending().await
}
