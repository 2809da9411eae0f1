//! The batches and the ways to process them that the benches share.
#![allow(dead_code, clippy::expect_used)] // each bench uses its part
#![allow(clippy::needless_pass_by_value)] // a handler owns its event, and frees it

use std::borrow::Cow;
use std::hint::black_box;

use futures_util::future::join_all;
use lambda_runtime::{Context, Error, LambdaEvent};
use powertools_lambda_batch::sqs::{SqsEvent, SqsMessage};
use powertools_lambda_batch::{Batch, BatchEvent, BatchRecord, DeliveryOrder, Record, record_fn};
use tokio::runtime::Runtime;

/// The sizes of the batches: what SQS delivers by default, and the most it can.
pub(crate) const SIZES: [usize; 2] = [10, 10_000];

/// A batch without text, so that freeing the event does not hide the cost of processing.
pub(crate) struct Lean(pub(crate) Vec<LeanRecord>);

pub(crate) struct LeanRecord {
    id: &'static str,
    fails: bool,
}

impl BatchEvent for Lean {
    type Record = LeanRecord;
    type Response = Vec<&'static str>;

    const SOURCES: &'static [&'static str] = &[];
    const ID: &'static str = "id";

    fn source(&self) -> Option<&str> {
        None
    }

    fn into_records(self) -> Vec<LeanRecord> {
        self.0
    }

    fn delivery(_: &[LeanRecord]) -> DeliveryOrder {
        DeliveryOrder::Unordered
    }

    fn response<'a>(failed: impl Iterator<Item = &'a LeanRecord>) -> Self::Response {
        failed.map(|record| record.id).collect()
    }
}

impl BatchRecord for LeanRecord {
    fn id(&self) -> Option<Cow<'_, str>> {
        Some(Cow::Borrowed(self.id))
    }

    fn group(&self) -> Option<Cow<'_, str>> {
        None
    }
}

/// One record in a hundred fails.
pub(crate) fn lean(records: usize) -> LambdaEvent<Lean> {
    let record = |index| LeanRecord {
        id: "059f36b4-87a3-44ab-83d2-661975830a7d",
        fails: index % 100 == 99,
    };
    LambdaEvent::new(Lean((0..records).map(record).collect()), context())
}

/// The same batch as SQS delivers it, with all attributes.
pub(crate) fn sqs(records: usize) -> LambdaEvent<SqsEvent> {
    let message = |index| {
        let body = if index % 100 == 99 { "fail" } else { "ok" };
        serde_json::json!({"messageId": format!("059f36b4-87a3-44ab-83d2-{index:012}"), "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a", "body": body, "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183", "SenderId": "AIDAIENQZJOLO23YVJ4VO", "ApproximateFirstReceiveTimestamp": "1545082649185"}, "messageAttributes": {}, "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue", "awsRegion": "us-east-2"})
    };
    let event = serde_json::json!({"Records": (0..records).map(message).collect::<Vec<_>>()});
    LambdaEvent::new(serde_json::from_value(event).expect("an event"), context())
}

/// A context with a deadline, as on Lambda, so that the clock is read.
fn context() -> Context {
    let mut context = Context::default();
    context.deadline = 4_102_444_800_000;
    context
}

pub(crate) fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
}

async fn handle(record: Record<LeanRecord>) -> Result<(), Error> {
    handle_by_hand(&record).await
}

#[inline(never)]
async fn handle_by_hand(record: &LeanRecord) -> Result<(), Error> {
    if black_box(record).fails {
        Err("fails".into())
    } else {
        Ok(())
    }
}

async fn handle_message(record: Record<SqsMessage>) -> Result<(), Error> {
    handle_message_by_hand(&record).await
}

async fn handle_message_by_hand(record: &SqsMessage) -> Result<(), Error> {
    if black_box(record).body.as_deref() == Some("fail") {
        Err("fails".into())
    } else {
        Ok(())
    }
}

pub(crate) fn ours(runtime: &Runtime, event: LambdaEvent<Lean>) -> Vec<&'static str> {
    runtime
        .block_on(powertools_lambda_batch::process(event, handle))
        .expect("a response")
}

pub(crate) fn ours_concurrent(runtime: &Runtime, event: LambdaEvent<Lean>) -> Vec<&'static str> {
    let batch = Batch::<_, Lean>::new(record_fn(handle)).concurrency(16);
    runtime.block_on(batch.process(event)).expect("a response")
}

/// The lower bound: a loop without concurrency, spans, caught panics or a deadline.
pub(crate) fn a_loop(runtime: &Runtime, event: LambdaEvent<Lean>) -> Vec<&'static str> {
    runtime.block_on(async {
        let mut failed = Vec::new();
        for record in &event.payload.0 {
            if handle_by_hand(record).await.is_err() {
                failed.push(record.id);
            }
        }
        failed
    })
}

/// `join_all` by hand: all records concurrently; a panic loses the batch.
pub(crate) fn join_all_by_hand(runtime: &Runtime, event: LambdaEvent<Lean>) -> Vec<&'static str> {
    runtime.block_on(async {
        let records = &event.payload.0;
        let results = join_all(records.iter().map(handle_by_hand)).await;
        let failed = records.iter().zip(results).filter(|(_, result)| result.is_err());
        failed.map(|(record, _)| record.id).collect()
    })
}

/// `tokio::spawn` by hand, which survives a panic.
pub(crate) fn spawn_by_hand(runtime: &Runtime, event: LambdaEvent<Lean>) -> Vec<&'static str> {
    runtime.block_on(async {
        let spawn = |record: LeanRecord| (record.id, tokio::spawn(async move { handle_by_hand(&record).await }));
        let tasks: Vec<_> = event.payload.0.into_iter().map(spawn).collect();
        let mut failed = Vec::new();
        for (id, task) in tasks {
            if !matches!(task.await, Ok(Ok(()))) {
                failed.push(id);
            }
        }
        failed
    })
}

pub(crate) fn ours_sqs(runtime: &Runtime, event: LambdaEvent<SqsEvent>) -> usize {
    let response = runtime.block_on(powertools_lambda_batch::process(event, handle_message));
    response.expect("a response").batch_item_failures.len()
}

pub(crate) fn join_all_sqs(runtime: &Runtime, event: LambdaEvent<SqsEvent>) -> usize {
    let failed = runtime.block_on(async {
        let records = &event.payload.records;
        let results = join_all(records.iter().map(handle_message_by_hand)).await;
        let failed = records.iter().zip(results).filter(|(_, result)| result.is_err());
        failed
            .filter_map(|(record, _)| record.message_id.clone())
            .collect::<Vec<_>>()
    });
    failed.len()
}
