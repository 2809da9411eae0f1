//! The examples of the guide and of the README: runs their code, and checks that they show the real output.

// example: imports
use std::time::Duration;

use http::HeaderMap;
use lambda_runtime::tower::ServiceBuilder;
use lambda_runtime::{LambdaEvent, service_fn};
use powertools_lambda_idempotency::{
    Idempotency, IdempotencyError, IdempotencyLayer, Key, MemoryStore, PointerLayer, Record, StoreFailurePolicy,
};
// end

use std::sync::atomic::{AtomicU32, Ordering};

use powertools_lambda_core::test_util::TestEnvironment;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tower::ServiceExt;

type Error = Box<dyn std::error::Error + Send + Sync>;

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Order {
    tenant: String,
    id: String,
    amount: u32,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
struct Receipt {
    id: u32,
    is_replay: bool,
}

fn order() -> Order {
    Order {
        tenant: "acme".to_owned(),
        id: "o-7".to_owned(),
        amount: 10,
    }
}

fn handle() -> Idempotency {
    let test = TestEnvironment::new().var("AWS_LAMBDA_FUNCTION_NAME", "order-fn");
    Idempotency::builder(MemoryStore::new(), "charge")
        .lock_time(Duration::from_secs(31))
        .environment(&test)
        .build()
}

#[allow(clippy::unused_async)] // a call of a service, elsewhere
async fn pay(_: &Order) -> Result<Receipt, Error> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let id = NEXT.fetch_add(1, Ordering::Relaxed);
    Ok(Receipt { id, is_replay: false })
}

async fn paid() -> Result<Receipt, Error> {
    pay(&order()).await
}

// example: first
async fn charge(idempotency: &Idempotency, order: &Order) -> Result<Receipt, Error> {
    idempotency.run(&order.id, || pay(order)).await
}
// end

// example: header
fn key_of(user: &str, headers: &HeaderMap, body: &str) -> Key {
    let key = headers.get("idempotency-key").and_then(|key| key.to_str().ok());
    match key {
        Some(key) => Key::new(&(user, key)).payload(body),
        None => Key::new(&None::<()>), // missing
    }
}
// end

#[rustfmt::skip] // the guide's lines
fn keys(order: &Order) -> [Key; 3] {
    // example: keys
    let by_id = Key::new(&order.id);
    let by_two = Key::new(&(&order.tenant, &order.id));
    let same_amount = Key::new(&order.id).payload(&order.amount);
    // end
    [by_id, by_two, same_amount]
}

#[rustfmt::skip] // the guide's lines
async fn layer(idempotency: Idempotency) -> Result<[Receipt; 2], Error> {
    async fn handler(event: LambdaEvent<Order>) -> Result<Receipt, Error> {
        pay(&event.payload).await
    }
    // example: layer
    let key = |event: &LambdaEvent<Order>| Key::new(&event.payload.id);
    let layer = IdempotencyLayer::new(idempotency, key)
        .on_replay(|receipt: Receipt, _: &Record| Receipt { is_replay: true, ..receipt });
    let handler = ServiceBuilder::new().layer(layer).service(service_fn(handler));
    // end
    let event = || LambdaEvent::new(order(), lambda_runtime::Context::default());
    Ok([handler.clone().oneshot(event()).await?, handler.oneshot(event()).await?])
}

#[rustfmt::skip] // the guide's lines
async fn pointer(idempotency: Idempotency) -> Result<u32, Error> {
    type Event = serde_json::Value;
    // example: pointer
    let layer = PointerLayer::<Event>::new(idempotency, ["/requestContext/accountId", "/body/id"])?;
    // end
    let handler = service_fn(|_: LambdaEvent<Event>| std::future::ready(Ok::<_, Error>(7)));
    let handler = ServiceBuilder::new().layer(layer).service(handler);
    let event = json!({"requestContext": {"accountId": "a"}, "body": r#"{"id": "o-7"}"#});
    let event = LambdaEvent::new(serde_json::value::to_raw_value(&event)?, lambda_runtime::Context::default());
    handler.oneshot(event).await
}

#[rustfmt::skip] // the guide's lines
fn settings(store: MemoryStore) -> Idempotency {
    // example: settings
    let idempotency = Idempotency::builder(store, "charge")
        .expires_after(Duration::from_hours(24)) // default: 1 hour
        .lock_time(Duration::from_mins(5)) // default: the deadline
        .local_cache(256) // default: 0
        .store_failure(StoreFailurePolicy::Run) // default: an error
        .build();
    // end
    idempotency
}

#[rustfmt::skip] // the guide's lines
async fn testing() -> Result<(), IdempotencyError> {
    // example: testing
    let test = TestEnvironment::new();
    let idempotency = Idempotency::builder(MemoryStore::new(), "charge").environment(&test).build();
    let answer = || async { Ok::<_, IdempotencyError>(test.clock().timestamp().to_string()) };
    let first = idempotency.run("o-7", answer).await?;
    test.clock().advance(Duration::from_mins(59));
    assert_eq!(idempotency.run("o-7", answer).await?, first);
    test.clock().advance(Duration::from_mins(2));
    assert_ne!(idempotency.run("o-7", answer).await?, first);
    // end
    Ok(())
}

#[tokio::test]
async fn the_guide_shows_this_code_and_what_it_prints() {
    let idempotency = handle();
    let receipts = [
        charge(&idempotency, &order()).await,
        charge(&idempotency, &order()).await,
    ];
    let first = receipts.map(|receipt| format!("{:?}", receipt.unwrap())).join("\n");

    let idempotency = handle();
    let twice = || async {
        idempotency
            .run("o-7", paid)
            .await
            .map_err(|error| error.to_string().into())
    };
    let in_progress = idempotency
        .run("o-7", || async { twice().await as Result<Receipt, Error> })
        .await
        .unwrap_err();

    let idempotency = handle();
    let [_, _, same_amount] = keys(&order());
    idempotency.run(same_amount, paid).await.unwrap();
    let [_, _, other] = keys(&Order { amount: 11, ..order() });
    let mismatch = idempotency.run(other, paid).await.unwrap_err();

    let [first_receipt, second_receipt] = layer(handle()).await.unwrap();
    assert_eq!((first_receipt.is_replay, second_receipt.is_replay), (false, true));
    assert_eq!(pointer(handle()).await.unwrap(), 7);
    let headers = HeaderMap::from_iter([("idempotency-key".parse().unwrap(), "k-1".parse().unwrap())]);
    let with_header = handle().run(key_of("alice", &headers, "{}"), paid).await;
    assert!(with_header.is_ok());
    assert!(
        handle()
            .run(key_of("alice", &HeaderMap::new(), "{}"), paid)
            .await
            .is_err()
    );
    assert!(settings(MemoryStore::new()).is_enabled());
    testing().await.unwrap();

    // The guide has the paths of the umbrella crate.
    let source = include_str!("guide.rs").replace("powertools_lambda_idempotency", "powertools_lambda::idempotency");
    let text = include_str!("../../docs/guide.md");
    guide_check::check("crates/idempotency/docs/guide.md", text, &source, |guide| {
        guide.code("imports");
        guide.code("first");
        guide.output("first", "text", &first);
        guide.output("in-progress", "text", &in_progress.to_string());
        guide.code("keys");
        guide.output("keys", "text", &mismatch.to_string());
        for example in ["header", "layer", "pointer", "settings", "testing"] {
            guide.code(example);
        }
        guide.left_out(
            "use powertools_lambda::batch::{Batch, Json};",
            "the documentation of `idempotent_batch::record_fn` compiles it",
        );
        guide.quoted(
            "rust",
            include_str!("../../../powertools-lambda/examples/idempotent.rs"),
        );
        guide.left_out("[dependencies]", "cargo reads it");
        guide.left_out(
            "# SAM and CloudFormation",
            "the shopping cart's template has such a table",
        );
        guide.left_out("// CDK", "it is TypeScript");
        guide.left_out("resource \"aws_dynamodb_table\"", "it is Terraform");
    });
}

/// The README's example is a documentation test; this is what it prints.
#[tokio::test]
async fn the_readme_shows_what_its_example_prints() {
    let (idempotency, mut printed) = (handle(), String::new());
    for _ in 0..2 {
        let charged = std::cell::Cell::new(false);
        let receipt = idempotency.run("o-7", || async {
            charged.set(true);
            Ok::<_, Error>("receipt of o-7".to_owned())
        });
        let receipt = receipt.await.unwrap();
        if charged.get() {
            printed += "charging o-7\n";
        }
        printed.push_str(&receipt);
        printed.push('\n');
    }
    guide_check::check(
        "crates/idempotency/README.md",
        include_str!("../../README.md"),
        "",
        |readme| {
            readme.output("readme", "text", printed.trim_end());
            readme.left_out("use lambda_runtime::Error;", "it is a documentation test");
            readme.left_out("[dependencies]", "cargo reads it");
        },
    );
}
