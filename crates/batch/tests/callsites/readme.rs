//! The README's handler: README and guide show its real response and log records.

#![allow(clippy::unused_async)] // the README's is short

use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};

use lambda_runtime::{Context, Error, LambdaEvent};
use powertools_lambda_batch::kinesis::{KinesisEvent, KinesisEventResponse};
use powertools_lambda_batch::sqs::SqsEvent;
use powertools_lambda_batch::{self as batch, Json};
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_logger::{Logger, WithKeys};
use serde::Deserialize;
use tracing::info;
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{kinesis, sqs};

// example: handler
#[derive(Deserialize)]
struct Order {
    id: String,
    card: String,
}

async fn handler(event: LambdaEvent<SqsEvent>) -> batch::BatchResult<SqsEvent> {
    batch::process(event, charge).await
}

async fn charge(Json(order): Json<Order>) -> Result<(), Error> {
    if order.card == "0000" {
        return Err("the card was declined".into());
    }
    info!(order.id, "charged");
    Ok(())
}
// end

// example: test
#[tokio::test]
async fn a_declined_card_is_reported() {
    let event: SqsEvent = serde_json::from_value(serde_json::json!({
        "Records": [
            {"messageId": "m0", "body": r#"{"id":"A-1","card":"4242"}"#},
            {"messageId": "m1", "body": r#"{"id":"A-2","card":"0000"}"#},
        ]
    }))
    .unwrap();
    let response = handler(LambdaEvent::new(event, Context::default())).await.unwrap();
    assert_eq!(response.batch_item_failures[0].item_identifier, "m1");
}
// end

#[derive(Deserialize)]
struct Sale {
    amount: u64,
}

// example: window
async fn add_up(event: LambdaEvent<KinesisEvent>) -> Result<KinesisEventResponse, Error> {
    let window = event.payload.window.clone().unwrap_or_default();
    let total = AtomicU64::new(window.state["total"].as_u64().unwrap_or_default());
    let add = |Json(sale): Json<Sale>| {
        total.fetch_add(sale.amount, Ordering::Relaxed);
        async { Ok::<_, Infallible>(()) }
    };
    let mut response = batch::process(event, add).await?;
    let total = total.into_inner();
    if window.is_final_invoke {
        info!(total, window.end, "window closed"); // this invocation may have no records
    }
    response.state = Some(serde_json::json!({ "total": total }));
    Ok(response)
}
// end

#[tokio::test]
async fn the_guides_window_adds_up() {
    let environment = TestEnvironment::new();
    let logger = Logger::builder().environment(&environment).build();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(logger.subscriber_layer()));
    let mut records = kinesis(&[("a", r#"{"amount":3}"#), ("b", r#"{"amount":4}"#)]).payload;
    let window = serde_json::json!({"Records": [], "window": {"start": "2026-01-15T10:30:00Z", "end": "2026-01-15T10:31:00Z"}, "state": {"total": 35}, "isFinalInvokeForWindow": true});
    records.window = serde_json::from_value::<KinesisEvent>(window).unwrap().window;
    let response = add_up(LambdaEvent::new(records, Context::default())).await.unwrap();
    let response = serde_json::to_value(&response).unwrap();
    assert_eq!(
        response,
        serde_json::json!({"batchItemFailures": [], "state": {"total": 42}})
    );
    assert!(environment.lines()[0].contains(r#""total":42,"window.end":"2026-01-15T10:31:00Z""#));
}

async fn with_keys(event: LambdaEvent<SqsEvent>) -> batch::BatchResult<SqsEvent> {
    // example: keys
    batch::process(event, |Json(order): Json<Order>| {
        let keys = [("order_id", order.id.clone())];
        charge(Json(order)).with_keys(keys)
    })
    .await
    // end
}

#[tokio::test]
async fn the_guides_keys_are_on_the_log_records_of_their_message() {
    let environment = TestEnvironment::new();
    let logger = Logger::builder().environment(&environment).build();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(logger.subscriber_layer()));
    let messages = sqs(&[r#"{"id":"A-1","card":"4242"}"#, r#"{"id":"A-2","card":"4242"}"#]);
    with_keys(messages).await.unwrap();
    let lines = environment.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    for (line, id) in lines.iter().zip(["A-1", "A-2"]) {
        assert!(line.contains(&format!(r#""order_id":"{id}""#)), "{line}");
    }
}

#[tokio::test]
async fn the_readme_and_the_guide_show_what_comes_out() {
    let environment = TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "orders");
    let logger = Logger::builder().environment(&environment).build();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(logger.subscriber_layer()));
    let bodies = [
        r#"{"id":"A-1","card":"4242"}"#,
        r#"{"id":"A-2","card":"0000"}"#,
        "no JSON",
    ];
    let response = handler(sqs(&bodies)).await.unwrap();
    let answer = serde_json::to_string(&response).unwrap();
    let records = environment.lines().join("\n").replace("callsites::readme", "readme");
    let (text, source) = (include_str!("../../README.md"), include_str!("readme.rs"));
    guide_check::check("crates/batch/README.md", text, source, |readme| {
        readme.code_within("handler");
        readme.output("handler", "json", &answer);
        readme.output("handler", "json", &records);
        readme.left_out("[dependencies]", "cargo reads it");
        readme.left_out("FunctionResponseTypes", "the guide quotes it with its template");
        readme.code("test");
    });
    let text = include_str!("../../docs/guide.md");
    // The block of Kafka is in no template, and a typo in any of them loses records.
    for document in [include_str!("../../README.md"), text] {
        for line in document.lines().filter(|line| line.contains("FunctionResponseTypes: ")) {
            assert!(
                line.contains("FunctionResponseTypes: [ReportBatchItemFailures]"),
                "{line}"
            );
        }
    }
    guide_check::check("crates/batch/docs/guide.md", text, source, |guide| {
        guide.output_below(1, "json", &records);
        guide.code("window");
        guide.code("keys");
        let tests = "the tests of what it shows have it";
        guide.left_out("use powertools_lambda::batch", "it is the README's handler, shortened");
        guide.quoted("rust", include_str!("../../../powertools-lambda/examples/worker.rs"));
        guide.left_out("let batch = Batch::sqs(record_fn(charge)).concurrency(8);", tests);
        guide.left_out("let batch = Batch::sqs(record_fn(charge)).on_error(", tests);
        guide.left_out("let charge = ServiceBuilder::new()", tests);
        guide.left_out("let batch = Batch::sqs(record_fn(charge)).on_finish(", tests);
        guide.left_out(
            "use aws_config::BehaviorVersion;",
            "the documentation of `VisibilityBackOff` compiles it",
        );
        guide.left_out("aws-config = {", "cargo reads it");
        for _ in ["SQS", "Kinesis", "DynamoDB"] {
            guide.quoted("yaml", include_str!("../../../../examples/batch/template.yaml"));
        }
        guide.left_out(
            "      Events:\n        Orders:\n          Type: MSK",
            "the local AWS has no Kafka",
        );
    });
}
