//! What both benches measure: work with a key of 64 bytes and an answer of 1 KB, the same requests by hand, and the parts.

#![allow(clippy::expect_used)] // a bench without a runtime cannot go on

use std::future::ready;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};
use aws_smithy_http_client::test_util::infallible_client_fn;
use aws_smithy_types::body::SdkBody;
use powertools_lambda_idempotency::dynamodb::DynamoDbStore;
use powertools_lambda_idempotency::{
    Begin, Claim, Complete, Completion, Idempotency, IdempotencyError, MemoryStore, Release, Store, StoreFuture, Token,
};
use tokio::runtime::{Builder, Runtime};

const KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn answer() -> String {
    "x".repeat(1_022) // with its quotes: 1 KB
}

/// A store that answers at once, so that what is left is hash, JSON and this crate.
struct Immediate;

impl Store for Immediate {
    fn name(&self) -> &'static str {
        "a store that answers at once"
    }

    fn begin<'a>(&'a self, _: &'a Claim<'a>) -> StoreFuture<'a, Begin> {
        Box::pin(ready(Ok(Begin::acquired(false))))
    }

    fn complete<'a>(&'a self, _: &'a Completion<'a>) -> StoreFuture<'a, Complete> {
        Box::pin(ready(Ok(Complete::Done)))
    }

    fn release<'a>(&'a self, _: &'a str, _: &'a Token) -> StoreFuture<'a, Release> {
        Box::pin(ready(Ok(Release::Done)))
    }
}

/// A handle or a client, with the runtime that its calls need.
pub(crate) struct Bench<T>(T, Runtime);

fn bench<T>(subject: T) -> Bench<T> {
    let runtime = Builder::new_current_thread().enable_time().build();
    Bench(subject, runtime.expect("a runtime of the bench"))
}

fn client() -> Client {
    let http = infallible_client_fn(|_| http::Response::new(SdkBody::from("{}")));
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("AKID", "key", None, None, "bench"))
        .http_client(http);
    Client::from_conf(config.build())
}

pub(crate) fn table() -> Bench<Idempotency> {
    bench(Idempotency::new(DynamoDbStore::new(client(), "idempotency"), "bench"))
}

pub(crate) fn immediate() -> Bench<Idempotency> {
    bench(Idempotency::new(Immediate, "bench"))
}

pub(crate) fn by_hand() -> Bench<Client> {
    bench(client())
}

/// A handle whose cache has the answer.
pub(crate) fn cached() -> Bench<Idempotency> {
    let bench = bench(
        Idempotency::builder(MemoryStore::new(), "bench")
            .local_cache(256)
            .build(),
    );
    run(&bench);
    bench
}

/// Runs the work, or replays it.
pub(crate) fn run(Bench(idempotency, runtime): &Bench<Idempotency>) -> usize {
    let work = || ready(Ok::<_, IdempotencyError>(answer()));
    runtime
        .block_on(idempotency.run(KEY, work))
        .map_or(0, |answer| answer.len())
}

/// Replays an answer of the cache, which never waits.
pub(crate) fn replay(Bench(idempotency, _): &Bench<Idempotency>) -> usize {
    let work = || ready(Ok::<String, IdempotencyError>(String::new()));
    let run = pin!(idempotency.run(KEY, work));
    match run.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(answer)) => answer.len(),
        _ => 0,
    }
}

pub(crate) fn json(answer: &str) -> usize {
    serde_json::to_string(answer).map_or(0, |json| json.len())
}

/// Sends the same two requests with the SDK alone, and has the same answer.
pub(crate) fn two_calls(Bench(client, runtime): &Bench<Client>) -> usize {
    let text = |text: &str| AttributeValue::S(text.to_owned());
    let number = |number: u64| AttributeValue::N(number.to_string());
    runtime.block_on(async {
        let token = "0123456789abcdef0123456789abcdef";
        let key = "test-func.bench#0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        let update = || {
            client
                .update_item()
                .table_name("idempotency")
                .key("id", text(key))
                .expression_attribute_names("#token", "token")
                .expression_attribute_names("#status", "status")
                .expression_attribute_names("#expiry", "expiration")
                .expression_attribute_values(":token", text(token))
                .expression_attribute_values(":inprogress", text("INPROGRESS"))
                .expression_attribute_values(":expiry", number(1_768_476_600))
                .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
        };
        let begun = update()
            .update_expression(
                "SET #status = :inprogress, #expiry = :expiry, #in_progress_expiry = :in_progress_expiry, #token = :token, \
                 #previous = if_not_exists(#status, :none) REMOVE #data, #validation",
            )
            .condition_expression(
                "attribute_not_exists(#id) OR #expiry < :now OR (#status = :inprogress AND \
                 attribute_exists(#in_progress_expiry) AND #in_progress_expiry < :now_in_millis)",
            )
            .expression_attribute_names("#id", "id")
            .expression_attribute_names("#in_progress_expiry", "in_progress_expiration")
            .expression_attribute_names("#data", "data")
            .expression_attribute_names("#validation", "validation")
            .expression_attribute_names("#previous", "previous_status")
            .expression_attribute_values(":now", number(1_768_473_000))
            .expression_attribute_values(":now_in_millis", number(1_768_473_000_125))
            .expression_attribute_values(":in_progress_expiry", number(1_768_473_900_125))
            .expression_attribute_values(":none", text("NONE"))
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await;
        let answer = answer();
        let completed = update()
            .update_expression("SET #response_data = :response_data, #expiry = :expiry, #status = :status")
            .condition_expression("#token = :token AND #status = :inprogress")
            .expression_attribute_names("#response_data", "data")
            .expression_attribute_values(":response_data", text(&answer))
            .expression_attribute_values(":status", text("COMPLETED"))
            .send()
            .await;
        usize::from(begun.is_ok()) * usize::from(completed.is_ok()) * answer.len()
    })
}
