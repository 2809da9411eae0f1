//! A function with a custom utility next to the toolkit's. An event can make the custom one panic or hang.

use function_tests::audit::{Audit, note};
use lambda_runtime::{Error, LambdaEvent, Runtime};
use powertools_lambda::Powertools;
use powertools_lambda::core::{AfterResponse, Environment, InvocationLayer};
use powertools_lambda::metrics::{self, Unit};
use serde_json::Value;
use tower::ServiceBuilder;
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let powertools = Powertools::from_env();
    powertools.init()?;
    let audit = InvocationLayer::new(Environment::process()).with(&Audit::new(send));
    let handler = ServiceBuilder::new()
        .layer(powertools.handler_layer())
        .service_fn(handler);
    Runtime::new(handler)
        .layer(audit.and(&powertools.invocation_layer()))
        .run_concurrent()
        .await
}

/// A fake audit service; the first step determines its behavior.
fn send(steps: Vec<String>) -> AfterResponse {
    assert!(steps[0] != "panic at once", "no connection");
    Box::pin(async move {
        match steps[0].as_str() {
            "panic" => panic!("connection lost"),
            "hang" => std::future::pending().await,
            _ => Environment::process()
                .output()
                .write_line(format!("{{\"audited\":{steps:?}}}\n").as_bytes()),
        }
    })
}

async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let step = event.payload["step"].as_str().unwrap_or_default().to_owned();
    note(step.clone());
    metrics::add("Handled", Unit::Count, 1);
    info!(step, "handled");
    Ok(event.payload)
}
