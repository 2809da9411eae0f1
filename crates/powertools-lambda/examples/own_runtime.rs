//! Your own `Runtime` and subscriber: where each of the three layers goes.

use lambda_runtime::tower::ServiceBuilder;
use lambda_runtime::{Error, LambdaEvent, Runtime, service_fn};
use powertools_lambda::Powertools;
use serde_json::{Value, json};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let powertools = Powertools::from_env();
    tracing_subscriber::registry()
        .with(powertools.subscriber_layer())
        .init();

    let handler = ServiceBuilder::new()
        .layer(powertools.handler_layer())
        .service(service_fn(echo));
    Runtime::new(handler)
        .layer(powertools.invocation_layer())
        .run_concurrent()
        .await
}

async fn echo(event: LambdaEvent<Value>) -> Result<Value, Error> {
    tracing::info!("echoing");
    Ok(json!({ "echo": event.payload }))
}
