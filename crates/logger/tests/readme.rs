//! The README's handler, and that the README shows what it writes.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::{TestHost, context};
use powertools_lambda_logger::{self as logger, Logger, json};
use serde_json::{Value, json as value};
use tracing::{info, instrument};
use tracing_subscriber::layer::SubscriberExt;

const README: &str = include_str!("../README.md");

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

#[tokio::test]
async fn the_readme_shows_what_is_written() {
    let host = TestHost::new().var("POWERTOOLS_SERVICE_NAME", "orders");
    let logger = Logger::builder().host(host.host().clone()).build();
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    let _guard = tracing::subscriber::set_default(subscriber);
    let event = LambdaEvent::new(value!({"id": "A-1"}), context());
    let invocation = Invocation::new(context(), host.host());
    let handled = powertools_lambda_core::InvocationExt::with_invocation(handler(event), invocation);
    handled.await.unwrap();
    for line in host.lines() {
        let location = line.split("readme:").nth(1).unwrap().split('"').next().unwrap();
        let shown = README.lines().any(|shown| same_but_for_the_line(shown, &line));
        assert!(shown, "not in README.md (line {location}):\n{line}");
    }
    let code = README
        .split("async fn handler")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let here = include_str!("readme.rs").split("async fn handler").nth(1).unwrap();
    assert!(here.starts_with(code.trim_end()), "the README's handler is another");
}

/// The README's own line numbers are those of its example.
fn same_but_for_the_line(a: &str, b: &str) -> bool {
    let without = |text: &str| {
        let (before, after) = text.split_once("readme:")?;
        Some((before.to_owned(), after.split_once('"')?.1.to_owned()))
    };
    without(a).is_some() && without(a) == without(b)
}
