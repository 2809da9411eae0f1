//! The README's handler, and that README and guide show what it answers and logs.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

use common::sqs;
use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda_batch::{self as batch, Json, SqsEvent};
use powertools_lambda_core::test_util::TestHost;
use powertools_lambda_logger::Logger;
use serde::Deserialize;
use tracing::info;
use tracing_subscriber::layer::SubscriberExt;

const README: &str = include_str!("../README.md");

#[derive(Deserialize)]
struct Order {
    id: String,
    card: String,
}

async fn handler(event: LambdaEvent<SqsEvent>) -> batch::Result<SqsEvent> {
    batch::process(event, charge).await
}

#[allow(clippy::unused_async)] // the README's, which is short
async fn charge(Json(order): Json<Order>) -> Result<(), Error> {
    if order.card == "0000" {
        return Err("the card was declined".into());
    }
    info!(order.id, "charged");
    Ok(())
}

#[tokio::test]
async fn the_readme_and_the_guide_show_what_comes_out() {
    let host = TestHost::new().var("POWERTOOLS_SERVICE_NAME", "orders");
    let logger = Logger::builder().host(host.host().clone()).build();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(logger.subscriber_layer()));
    let bodies = [
        r#"{"id":"A-1","card":"4242"}"#,
        r#"{"id":"A-2","card":"0000"}"#,
        "no JSON",
    ];
    let response = handler(sqs(&bodies)).await.unwrap();
    let answer = serde_json::to_string(&response).unwrap();
    assert!(README.contains(&answer), "not in README.md:\n{answer}");
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/batch.md")).unwrap();
    let lines = host.lines();
    let missing: Vec<_> = lines
        .iter()
        .filter(|line| !(shows(README, line) && shows(&guide, line)))
        .collect();
    assert!(
        missing.is_empty(),
        "not in README.md and docs/batch.md:\n{}",
        lines.join("\n")
    );
    let code = README
        .split("async fn handler")
        .nth(1)
        .unwrap()
        .split("\n}\n")
        .next()
        .unwrap();
    assert!(
        include_str!("readme.rs").contains(code),
        "the README's handler is another"
    );
}

/// Whether a text shows this record, whatever line of code it came from.
fn shows(text: &str, record: &str) -> bool {
    let parts = |line: &str| {
        let (before, rest) = line.split_once(r#""location":""#)?;
        Some((before.to_owned(), rest.split_once('"')?.1.to_owned()))
    };
    text.lines()
        .any(|shown| parts(shown).is_some() && parts(shown) == parts(record))
}
