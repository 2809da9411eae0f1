//! The examples of `docs/tracer.md`, and that it shows what they send.
//!
//! Each Rust block of the guide stands here as it stands there, and each JSON block there is what it sends, with the ids
//! in the order of their making. A block that is not the real one fails with the real one, to be copied.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::unused_async)] // a handler is async

mod common;

use std::time::Duration;

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_dynamodb::types::AttributeValue;
use aws_smithy_http_client::test_util::infallible_client_fn;
use common::{Function, with_header};
use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda_core::test_util::TestHost;
use powertools_lambda_tracer::{self as tracer, SpanExt, Tracer};
use serde::Serialize;
use serde_json::{Value, json};
use tower::{Service, ServiceExt, service_fn};
use tower_layer::Layer;
use tracing::{info_span, instrument};

mod spans {
    use super::*;

    pub(super) async fn handler(order: &Order) -> Result<(), Error> {
        charge(order).await;
        Ok(())
    }

    #[instrument(skip_all, fields(order_id = order.id, card = %order.card.kind, metadata.items = order.items))]
    async fn charge(order: &Order) {
        authorise().await;
    }

    #[instrument(fields(trace.name = "bank"))]
    async fn authorise() {}
}

mod annotations {
    use super::*;

    pub(super) async fn handler(order: &Order) -> Result<(), Error> {
        tracer::annotate("tenant", "acme");
        tracer::annotate("items", order.items);
        tracer::metadata("order", order);
        tracer::metadata_in("audit", "checked_by", ["fraud", "stock"]);

        let span = info_span!("reserve");
        span.annotate("warehouse", 7).add_metadata("shelves", [3, 4]);
        Ok(())
    }
}

mod errors {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("payment of order {0} failed")]
    pub(super) struct PaymentError(u64, #[source] CardError);

    #[derive(Debug, thiserror::Error)]
    #[error("card was declined")]
    pub(super) struct CardError;

    pub(super) async fn handler(order: &Order) -> Result<(), Error> {
        charge(order.id).await?;
        Ok(())
    }

    #[instrument(err)]
    async fn charge(id: u64) -> Result<(), PaymentError> {
        Err(PaymentError(id, CardError))
    }
}

mod responses {
    use super::*;

    pub(super) fn wrapped(tracer: &Tracer) -> impl Service<LambdaEvent<()>, Error = Error> {
        tracer.response_layer().layer(service_fn(handler))
    }

    async fn handler(_: LambdaEvent<()>) -> Result<Value, Error> {
        Ok(json!({"receipt": "R-7"}))
    }
}

mod sdk {
    use super::*;

    pub(super) fn client(tracer: &Tracer, config: aws_sdk_dynamodb::config::Builder) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::from_conf(config.interceptor(tracer.aws_interceptor()).build())
    }

    pub(super) async fn handler(client: &aws_sdk_dynamodb::Client, order: &Order) -> Result<(), Error> {
        let id = AttributeValue::N(order.id.to_string());
        client.put_item().table_name("orders").item("id", id).send().await?;
        Ok(())
    }
}

mod http_calls {
    use super::*;

    pub(super) fn client<S>(tracer: &Tracer, http: S) -> tracer::HttpService<S> {
        let layer = tracer
            .http_layer()
            .propagate_to("*.payments.example")
            .ignore("localhost", "/health");
        layer.layer(http)
    }
}

#[derive(Serialize)]
struct Order {
    id: u64,
    items: u32,
    #[serde(skip)]
    card: Card,
}

struct Card {
    kind: &'static str,
}

const ORDER: Order = Order {
    id: 7,
    items: 2,
    card: Card { kind: "debit" },
};

fn function() -> Function {
    Function::with(TestHost::new().var("POWERTOOLS_SERVICE_NAME", "orders"))
}

#[tokio::test]
async fn spans_are_shown_as_they_are_sent() {
    let function = function();
    let clock = function.host.clock().clone();
    let documents = function
        .trace(|_| {
            clock.advance(Duration::from_millis(6));
            spans::handler(&ORDER)
        })
        .await;
    shows("spans", &documents);
}

#[tokio::test]
async fn annotations_and_metadata_are_shown_as_they_are_sent() {
    shows("annotations", &function().trace(|_| annotations::handler(&ORDER)).await);
}

#[tokio::test]
async fn errors_are_shown_as_they_are_sent() {
    shows("errors", &function().trace(|_| errors::handler(&ORDER)).await);
}

#[tokio::test]
async fn responses_are_shown_as_they_are_sent() {
    let function = function();
    let handler = responses::wrapped(&function.tracer);
    function.invoke_service(common::sampled(), "{}", handler).await;
    shows("responses", &function.daemon.documents());
}

#[tokio::test]
async fn calls_of_the_aws_sdk_are_shown_as_they_are_sent() {
    let function = function();
    let answer = |_| {
        let answer = http::Response::builder()
            .header("x-amzn-requestid", "V0M2TGOK")
            .body("{}");
        answer.unwrap()
    };
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("AKID", "secret", None, None, "test"))
        .http_client(infallible_client_fn(answer));
    let client = sdk::client(&function.tracer, config);
    shows("sdk", &function.trace(|_| sdk::handler(&client, &ORDER)).await);
}

#[tokio::test]
async fn calls_over_http_are_shown_as_they_are_sent() {
    let function = function();
    let service = service_fn(async |_: http::Request<()>| {
        let answer = http::Response::builder()
            .status(429)
            .header("content-length", 21)
            .body(());
        Ok::<_, Error>(answer?)
    });
    let client = http_calls::client(&function.tracer, service);
    let documents = function
        .trace(|_| {
            let request = http::Request::post("https://user:word@api.payments.example/charges?card=4242").body(());
            let client = client.clone();
            async move { client.oneshot(request?).await.map(|_| ()) }
        })
        .await;
    shows("http", &documents);
}

#[tokio::test]
async fn links_are_shown_as_they_are_sent() {
    let function = function();
    let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
    let event = json!({"Records": [{"body": "{}", "attributes": {"AWSTraceHeader": header}}]}).to_string();
    let context = with_header("Root=1-6b04fdad-801ce56249fb4511917954f4;Parent=557abcec3ee5a047;Sampled=1");
    let handler = service_fn(async |_| Ok::<_, Error>(()));
    function.invoke_service(context, &event, handler).await;
    shows("links", &function.daemon.documents());
}

/// Fails unless the guide's section has this module's code and these documents.
fn shows(section: &str, documents: &[Value]) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    // Not there in a packaged crate.
    let Ok(guide) = std::fs::read_to_string(folder.join("../../docs/tracer.md")) else {
        return;
    };
    let code = code(section);
    let real: Vec<_> = with_plain_ids(documents).iter().map(wrapped).collect();
    let real = real.join("\n");
    assert!(
        code.is_empty() || guide.contains(&code),
        "docs/tracer.md has other code for {section}:\n{code}"
    );
    assert!(
        guide.contains(&format!("```json\n{real}\n```")),
        "docs/tracer.md has another output for {section}:\n```json\n{real}\n```"
    );
}

/// Returns the code of a module of this file, without its `use` and its indentation.
fn code(section: &str) -> String {
    let name = if section == "http" { "http_calls" } else { section };
    let text = include_str!("guide.rs");
    let Some((_, rest)) = text.split_once(&format!("\nmod {name} {{\n    use super::*;\n\n")) else {
        return String::new();
    };
    let body = rest.split("\n}\n").next().unwrap();
    let lines = body.lines().map(|line| line.strip_prefix("    ").unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n").replace("pub(super) ", "")
}

/// Numbers the ids that are made up, in the order in which they occur.
fn with_plain_ids(documents: &[Value]) -> Vec<Value> {
    let mut text = serde_json::to_string(documents).unwrap();
    let mut ids = Vec::new();
    for document in documents {
        let exceptions = document["cause"]["exceptions"].as_array().into_iter().flatten();
        ids.extend(
            std::iter::once(document)
                .chain(exceptions)
                .map(|part| part["id"].clone()),
        );
    }
    for (at, id) in ids.iter().enumerate() {
        text = text.replace(
            id.as_str().unwrap(),
            &format!("{:016x}", 0x7c1e_4d9d_0c3f_5b20_u64 + at as u64),
        );
    }
    serde_json::from_str(&text).unwrap()
}

/// Returns a document on lines of a readable length, in the order in which it was sent.
fn wrapped(document: &Value) -> String {
    const ORDER: [&str; 15] = [
        "name",
        "id",
        "trace_id",
        "parent_id",
        "start_time",
        "end_time",
        "type",
        "namespace",
        "aws",
        "http",
        "links",
        "fault",
        "error",
        "throttle",
        "cause",
    ];
    let object = document.as_object().unwrap();
    let rank = |key: &str| ORDER.iter().position(|known| *known == key).unwrap_or(ORDER.len());
    let mut entries: Vec<_> = object.iter().collect();
    entries.sort_by_key(|(key, _)| (rank(key), (*key).clone()));
    let mut lines = vec![String::from("{")];
    for (at, (key, value)) in entries.iter().enumerate() {
        let end = if at + 1 == entries.len() { "}" } else { "," };
        let entry = format!("{}:{value}{end}", json!(key));
        let line = lines.last_mut().unwrap();
        if line.len() + entry.len() > 110 && line.len() > 1 {
            lines.push(format!(" {entry}"));
        } else {
            line.push_str(&entry);
        }
    }
    lines.join("\n")
}
