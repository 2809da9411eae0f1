//! The README's handler, and a test that compares the README with its output.

use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_logger::{self as logger, Logger, json};
use serde_json::{Value, json as value};
use tracing::{info, instrument};
use tracing_subscriber::layer::SubscriberExt;

// example: handler
async fn handler(event: LambdaEvent<Value>) -> Result<(), Error> {
    logger::append_key("order_id", &event.payload["id"]);
    charge("EUR", 12.5).await;
    info!(order = ?json(&event.payload), "order placed");
    Ok(())
}

#[instrument]
async fn charge(currency: &str, amount: f64) {
    info!("charging");
}
// end

#[tokio::test]
async fn the_readme_shows_what_is_written() {
    let environment = TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "orders");
    let logger = Logger::builder().environment(&environment).build();
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    let _guard = tracing::subscriber::set_default(subscriber);
    let event = LambdaEvent::new(value!({"id": "A-1"}), context());
    let invocation = Invocation::new(context(), environment.environment());
    let handled = powertools_lambda_core::InvocationExt::with_invocation(handler(event), invocation);
    handled.await.unwrap();
    let written = environment.lines().join("\n").replace("it::readme", "readme");
    guide_check::check(
        "crates/logger/README.md",
        include_str!("../../README.md"),
        include_str!("readme.rs"),
        |readme| {
            readme.left_out("[dependencies]", "they are a manifest, not code");
            readme.code_within("handler");
            readme.output("handler", "json", &written);
        },
    );
}
