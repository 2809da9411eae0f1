//! The table in a local AWS, with the real SDK and with a proxy that injects faults.
//!
//! Environment variables have the addresses; `cargo xtask test end-to-end --suite idempotency` starts both and runs only this
//! binary.

#![cfg(feature = "dynamodb")]
#![recursion_limit = "256"] // the SDK's futures are deep
#![allow(clippy::unwrap_used, clippy::expect_used)]
#![allow(clippy::disallowed_methods)] // where the local AWS is stands in the environment

#[path = "it/common/suite.rs"]
mod suite;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::{AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType};
use aws_smithy_http_client::Builder;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use lambda_runtime::Context;
use powertools_lambda_core::test_util::MemoryOutput;
use powertools_lambda_core::{Clock, Environment, Variables, Warnings};
use powertools_lambda_idempotency::dynamodb::DynamoDbStore;
use powertools_lambda_idempotency::{Begin, Claim, Complete, Completion, Release, Store, StoreFuture, Token};
use powertools_lambda_idempotency::{Idempotency, IdempotencyError, Status};
use suite::Shared;

/// The address of the local AWS, that of the proxy in front of it, and `DUPLICATES KEYS`.
const AWS: &str = "POWERTOOLS_TEST_AWS";
const FAULTS: &str = "POWERTOOLS_TEST_AWS_FAULTS";
const LOAD: &str = "POWERTOOLS_TEST_LOAD";

fn client(variable: &str) -> Client {
    let endpoint = std::env::var(variable).expect("the address of the local AWS");
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(10)))
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(Duration::from_secs(2))
                .build(),
        )
        .http_client(Builder::new().build_http())
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}

async fn create_table(name: &str, attributes: &[(&str, KeyType)]) {
    let mut table = client(AWS)
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest);
    for (attribute, kind) in attributes {
        let definition = AttributeDefinition::builder().attribute_name(*attribute);
        table = table
            .attribute_definitions(definition.attribute_type(ScalarAttributeType::S).build().unwrap())
            .key_schema(
                KeySchemaElement::builder()
                    .attribute_name(*attribute)
                    .key_type(kind.clone())
                    .build()
                    .unwrap(),
            );
    }
    table.send().await.unwrap();
}

#[tokio::test]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn a_table_is_a_store_with_and_without_a_sort_key() {
    create_table("plain", &[("id", KeyType::Hash)]).await;
    suite::run(&Shared(Arc::new(DynamoDbStore::new(client(AWS), "plain")))).await;
    create_table("sorted", &[("pk", KeyType::Hash), ("sk", KeyType::Range)]).await;
    let store = DynamoDbStore::new(client(AWS), "sorted")
        .key_attribute("pk")
        .sort_key("sk", "idempotency");
    suite::run(&Shared(Arc::new(store))).await;
}

#[tokio::test]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn a_missing_table_and_another_key_are_clear_errors() {
    create_table("other-key", &[("order_id", KeyType::Hash)]).await;
    for (table, reason) in [
        ("nowhere", "the table was not found"),
        ("other-key", "the table has another key"),
    ] {
        let idempotency = Idempotency::new(DynamoDbStore::new(client(AWS), table), "charge");
        let error = idempotency
            .run("1", || async { Ok::<_, IdempotencyError>(1) })
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains(reason) && error.to_string().contains(table),
            "{error}"
        );
    }
}

#[tokio::test]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn the_largest_item_is_recorded_and_a_larger_one_is_not() {
    create_table("large", &[("id", KeyType::Hash)]).await;
    let idempotency = Idempotency::new(DynamoDbStore::new(client(AWS), "large"), "report");
    for (length, is_replayed) in [(409_000, true), (410_000, false)] {
        let work = || async { Ok::<_, IdempotencyError>("x".repeat(length)) };
        assert_eq!(idempotency.run(length as u64, work).await.unwrap().len(), length);
        match idempotency.run(length as u64, work).await {
            Ok(answer) => assert!(is_replayed && answer.len() == length),
            Err(error) => assert!(!is_replayed && error.is_answer_lost(), "{error}"),
        }
    }
}

/// Counts the takeovers that executions are told.
#[derive(Clone)]
struct Counting(DynamoDbStore, Arc<AtomicU64>);

impl Store for Counting {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn begin<'a>(&'a self, claim: &'a Claim<'a>) -> StoreFuture<'a, Begin> {
        Box::pin(async move {
            let begin = self.0.begin(claim).await?;
            let taken_over = match &begin {
                Begin::Acquired { taken_over, .. } => *taken_over,
                Begin::Exists(record) => {
                    record.token.as_ref() == Some(claim.token) && record.previous == Some(Status::InProgress)
                }
                _ => false,
            };
            self.1.fetch_add(u64::from(taken_over), Ordering::SeqCst);
            Ok(begin)
        })
    }

    fn complete<'a>(&'a self, completion: &'a Completion<'a>) -> StoreFuture<'a, Complete> {
        self.0.complete(completion)
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        self.0.release(key, token)
    }

    fn withdraw<'a>(&'a self, key: &'a str, token: &'a Token) -> StoreFuture<'a, Release> {
        self.0.withdraw(key, token)
    }
}

/// What the duplicates of all keys did.
#[derive(Debug)]
struct Load {
    /// The effects of each key, counted where they happen.
    effects: Vec<usize>,
    takeovers: u64,
    replays: u64,
    in_progress: u64,
    failures: u64,
    disagreements: u64,
    warnings: usize,
}

/// Sends `duplicates` of each key concurrently, each from an environment of its own, until it is answered. Work takes up to
/// `work`, and an invocation has `timeout`, after which it is cut short.
async fn duplicates(table: &str, name: &str, load: (usize, usize), timeout: Duration, work: Duration) -> Load {
    let (duplicates, keys) = load;
    let effects: Arc<Vec<AtomicUsize>> = Arc::new((0..keys).map(|_| AtomicUsize::new(0)).collect());
    let (takeovers, warnings) = (Arc::new(AtomicU64::new(0)), MemoryOutput::new());
    let mut environments = Vec::new();
    for number in 0..duplicates {
        let (table, name, effects) = (table.to_owned(), name.to_owned(), Arc::clone(&effects));
        let (takeovers, warnings) = (Arc::clone(&takeovers), warnings.clone());
        environments.push(tokio::spawn(async move {
            let store = Counting(DynamoDbStore::new(client(FAULTS), table), takeovers);
            let warnings = Warnings::new(Clock::system(), warnings.output());
            let variables = Variables::from_lookup(|_| None, warnings.clone());
            let environment = Environment::new(variables, Clock::system(), MemoryOutput::new().output(), warnings);
            let idempotency = Idempotency::builder(store, &name).environment(environment).build();
            // Environments meet at the same keys.
            let order = (0..keys).map(|key| (key / 8 * 8 + (key + number) % 8) % keys);
            let mut answers = vec![0; keys];
            let (mut replays, mut in_progress, mut failures) = (0, 0, 0);
            for key in order {
                loop {
                    let mut context = Context::default();
                    let deadline = std::time::SystemTime::now() + timeout;
                    context.deadline = deadline
                        .duration_since(std::time::UNIX_EPOCH)
                        .unwrap()
                        .as_millis()
                        .try_into()
                        .unwrap();
                    let was_called = AtomicUsize::new(0);
                    let effect = || async {
                        was_called.store(1, Ordering::SeqCst);
                        let number = effects[key].fetch_add(1, Ordering::SeqCst) + 1;
                        // The first execution of some keys takes long, those that take over do not.
                        let share = if number == 1 { key % 8 } else { 1 };
                        tokio::time::sleep(work * u32::try_from(share).unwrap() / 8).await;
                        Ok::<_, IdempotencyError>(number)
                    };
                    let handle = idempotency.with_context(&context);
                    match tokio::time::timeout(timeout, handle.run(key as u64, effect)).await {
                        Ok(Ok(answer)) => {
                            replays += u64::from(was_called.load(Ordering::SeqCst) == 0);
                            answers[key] = answer;
                            break;
                        }
                        Ok(Err(error)) if error.is_in_progress() => in_progress += 1,
                        Ok(Err(_)) | Err(_) => failures += 1,
                    }
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            (answers, replays, in_progress, failures)
        }));
    }
    let mut load = Load {
        effects: Vec::new(),
        takeovers: 0,
        replays: 0,
        in_progress: 0,
        failures: 0,
        disagreements: 0,
        warnings: 0,
    };
    let mut first: Option<Vec<usize>> = None;
    for environment in environments {
        let (answers, replays, in_progress, failures) = environment.await.unwrap();
        load.replays += replays;
        load.in_progress += in_progress;
        load.failures += failures;
        let first = first.get_or_insert_with(|| answers.clone());
        load.disagreements += first.iter().zip(&answers).filter(|(a, b)| a != b).count() as u64;
    }
    load.effects = effects.iter().map(|effects| effects.load(Ordering::SeqCst)).collect();
    load.takeovers = takeovers.load(Ordering::SeqCst);
    load.warnings = warnings.lines().len();
    load
}

fn load() -> (usize, usize) {
    let text = std::env::var(LOAD).unwrap_or_else(|_| "8 200".to_owned());
    let (duplicates, keys) = text.split_once(' ').unwrap();
    (duplicates.parse().unwrap(), keys.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn duplicates_have_one_effect_where_faults_end_before_the_deadline() {
    create_table("bounded", &[("id", KeyType::Hash)]).await;
    let started = Instant::now();
    let work = Duration::from_millis(40);
    let load = duplicates("bounded", "bounded", load(), Duration::from_secs(10), work).await;
    println!("{:?} {:.1?}", Summary(&load), started.elapsed());
    let several = load.effects.iter().filter(|effects| **effects != 1).count();
    assert_eq!((several, load.disagreements), (0, 0), "{:?}", Summary(&load));
    assert!(load.replays > 0, "{:?}", Summary(&load));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs the local AWS: cargo xtask test end-to-end"]
async fn without_that_bound_each_further_effect_is_a_takeover() {
    create_table("unbounded", &[("id", KeyType::Hash)]).await;
    let (duplicates_of, keys) = load();
    let started = Instant::now();
    // Some of the work takes longer than the invocation, and is cut short.
    let timeout = Duration::from_millis(1_500);
    let load = duplicates(
        "unbounded",
        "unbounded",
        (duplicates_of, keys.div_ceil(10)),
        timeout,
        Duration::from_secs(2),
    )
    .await;
    println!("{:?} {:.1?}", Summary(&load), started.elapsed());
    let effects: usize = load.effects.iter().sum();
    assert!(load.takeovers > 0, "{:?}", Summary(&load));
    assert!(
        effects as u64 <= load.effects.len() as u64 + load.takeovers,
        "{:?}",
        Summary(&load)
    );
}

struct Summary<'a>(&'a Load);

impl std::fmt::Debug for Summary<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Load {
            effects,
            takeovers,
            replays,
            in_progress,
            failures,
            disagreements,
            warnings,
        } = self.0;
        let (keys, sum) = (effects.len(), effects.iter().sum::<usize>());
        write!(
            f,
            "{keys} keys, {sum} effects, {takeovers} takeovers, {replays} replays, {in_progress} in progress, {failures} \
             failures, {disagreements} disagreements, {warnings} warnings"
        )
    }
}
