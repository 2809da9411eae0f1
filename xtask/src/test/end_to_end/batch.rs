//! Checks that functions behind queues and streams lose nothing and process nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::checks::{self, Check};
use crate::application::{Application, Deployment, Traces};
use crate::local_aws::Client;
use crate::ui;

const CHECKS: [Check<Run>; 6] = [
    (
        "a queue's good messages are processed once and deleted",
        good_messages_are_handled_once,
    ),
    (
        "only its poison message is redelivered, and it ends in the dead-letter queue",
        the_poison_ends_in_the_dead_letter_queue,
    ),
    ("the batches are counted", the_batches_are_counted),
    (
        "a FIFO queue keeps the order within a group if messages fail",
        a_fifo_queue_keeps_its_order,
    ),
    ("a stream's response begins with the record that failed", |run| {
        a_response_begins_with_the_failed_record(run, "batch-stream")
    }),
    ("a table's response begins with the record that failed", |run| {
        a_response_begins_with_the_failed_record(run, "batch-table")
    }),
];

/// How long the last message may take to reach its destination.
const SETTLE: Duration = Duration::from_mins(1);

const GOOD_ORDERS: usize = 8;
const RECEIVED_AT_MOST: usize = 2; // `maxReceiveCount` of the template

const APPLICATION: Application = Application {
    name: "batch",
    package: "batch-functions",
};

struct Run {
    deployment: Deployment,
    logs: BTreeMap<&'static str, Vec<Value>>,
}

const FUNCTIONS: [&str; 4] = ["batch-queue", "batch-fifo", "batch-stream", "batch-table"];

pub(super) fn run() -> Result<()> {
    let mut run = Run {
        deployment: APPLICATION.start(false, Traces::XRay, &[])?,
        logs: BTreeMap::new(),
    };
    ui::task("Sending orders to the queues, the stream and the table", || send(&run))?;
    run.logs = ui::task(
        "Waiting for the functions, and for the poison to reach the dead-letter queue",
        || settle(&run),
    )?;
    let checked = checks::run(&run, &CHECKS);
    if checked.is_err() {
        for (function, records) in &run.logs {
            for record in records {
                println!("{function}: {record}");
            }
        }
    }
    checked.with_context(|| format!("the log of MiniStack is {}", run.deployment.aws.log().display()))
}

fn send(run: &Run) -> Result<()> {
    let client = run.deployment.client();
    let good = (0..GOOD_ORDERS).map(|index| order(&format!("Q-{index}"), "4242"));
    let bodies: Vec<_> = good.chain(["not an order".to_owned()]).collect();
    let entries: Vec<_> = bodies
        .iter()
        .enumerate()
        .map(|(index, body)| json!({"Id": index.to_string(), "MessageBody": body}))
        .collect();
    client.json(
        "sqs",
        "AmazonSQS.SendMessageBatch",
        &json!({"QueueUrl": run.deployment.output("QueueUrl")?, "Entries": entries}),
    )?;

    // In group A, the second of three messages fails the first time.
    let orders = [
        ("A", "A-1", "4242"),
        ("B", "B-1", "4242"),
        ("A", "A-2", "slow"),
        ("B", "B-2", "4242"),
        ("A", "A-3", "4242"),
        ("B", "B-3", "4242"),
    ];
    let entries: Vec<_> = orders.iter().map(|(group, id, card)| json!({"Id": id, "MessageBody": order(id, card), "MessageGroupId": group, "MessageDeduplicationId": id})).collect();
    client.json(
        "sqs",
        "AmazonSQS.SendMessageBatch",
        &json!({"QueueUrl": run.deployment.output("FifoQueueUrl")?, "Entries": entries}),
    )?;

    let card = |index| if index == 2 { "0000" } else { "4242" };
    let records: Vec<_> = (0..5).map(|index| json!({"PartitionKey": format!("customer-{}", index % 2), "Data": STANDARD.encode(order(&format!("S-{index}"), card(index)))})).collect();
    client.json(
        "kinesis",
        "Kinesis_20131202.PutRecords",
        &json!({"StreamName": "orders", "Records": records}),
    )?;

    let items: Vec<_> = (0..5)
        .map(|index| json!({"PutRequest": {"Item": {"id": {"S": format!("T-{index}")}, "card": {"S": card(index)}}}}))
        .collect();
    client.json(
        "dynamodb",
        "DynamoDB_20120810.BatchWriteItem",
        &json!({"RequestItems": {"orders": items}}),
    )?;
    Ok(())
}

fn order(id: &str, card: &str) -> String {
    json!({"id": id, "card": card}).to_string()
}

/// Waits until the poison is in the dead-letter queue, the queues are empty and the stream functions have answered.
fn settle(run: &Run) -> Result<BTreeMap<&'static str, Vec<Value>>> {
    let started = Instant::now();
    loop {
        let logs: BTreeMap<_, _> = FUNCTIONS
            .into_iter()
            .map(|function| (function, records(run.deployment.client(), function)))
            .collect();
        let settled = run.deployment.messages("DeadLetterQueueUrl")? == 1
            && run.deployment.messages("QueueUrl")? == 0
            && run.deployment.messages("FifoQueueUrl")? == 0
            && ["batch-stream", "batch-table"]
                .iter()
                .all(|function| answer(&logs[function]).is_some());
        if settled || started.elapsed() > SETTLE {
            return Ok(logs);
        }
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// Returns a function's log records.
fn records(client: &Client, function: &str) -> Vec<Value> {
    let lines = client.log_lines(&format!("/aws/lambda/{function}")).unwrap_or_default();
    lines
        .iter()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect()
}

/// Returns the record in which a stream function logs its response to the batch with the failure.
///
/// There may be a batch without a failure before it, if the poller ran between two records.
fn answer(records: &[Value]) -> Option<&Value> {
    let mut answers = records.iter().filter(|record| record["message"] == "batch processed");
    answers.find(|record| record["response"]["batchItemFailures"] != json!([]))
}

impl Run {
    /// Returns the texts that a function logged under a key, in the records with a message.
    fn logged(&self, function: &str, message: &str, key: &str) -> Vec<&str> {
        let records = self.logs[function].iter().filter(|record| record["message"] == message);
        records.filter_map(|record| record[key].as_str()).collect()
    }
}

fn good_messages_are_handled_once(run: &Run) -> Result<()> {
    let mut charged = run.logged("batch-queue", "charged", "order.id");
    charged.sort_unstable();
    let expected: Vec<_> = (0..GOOD_ORDERS).map(|index| format!("Q-{index}")).collect();
    ensure!(charged == expected, "charged {charged:?}");
    ensure!(run.deployment.messages("QueueUrl")? == 0, "the queue is not empty");
    // Each record has its own message's id.
    let ids: BTreeSet<_> = run.logged("batch-queue", "charged", "record_id").into_iter().collect();
    ensure!(ids.len() == GOOD_ORDERS, "{ids:?}");
    Ok(())
}

fn the_poison_ends_in_the_dead_letter_queue(run: &Run) -> Result<()> {
    let failed = run.logged("batch-queue", "record failed", "record_id");
    ensure!(failed.len() == RECEIVED_AT_MOST, "it failed {} times", failed.len());
    ensure!(
        failed.iter().all(|id| *id == failed[0]),
        "other records failed, too: {failed:?}"
    );
    let queue = run.deployment.output("DeadLetterQueueUrl")?;
    let answer = run.deployment.client().json(
        "sqs",
        "AmazonSQS.ReceiveMessage",
        &json!({"QueueUrl": queue, "MaxNumberOfMessages": 10}),
    )?;
    let dead = answer["Messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    ensure!(dead.len() == 1, "{} messages in the dead-letter queue", dead.len());
    ensure!(
        dead[0]["Body"] == "not an order" && dead[0]["MessageId"] == failed[0],
        "{}",
        dead[0]
    );
    Ok(())
}

fn the_batches_are_counted(run: &Run) -> Result<()> {
    let sum = |name: &str| {
        run.logs["batch-queue"]
            .iter()
            .filter_map(|document| document[name].as_f64())
            .sum::<f64>()
    };
    let (charged, failed) = (sum("OrdersCharged"), sum("OrdersFailed"));
    #[allow(clippy::cast_precision_loss)] // small numbers
    let expected = (GOOD_ORDERS as f64, RECEIVED_AT_MOST as f64);
    ensure!((charged, failed) == expected, "{charged} charged, {failed} failed");
    Ok(())
}

fn a_fifo_queue_keeps_its_order(run: &Run) -> Result<()> {
    let charged = run.logged("batch-fifo", "charged", "order.id");
    for group in ["A", "B"] {
        let of_group: Vec<_> = charged.iter().filter(|id| id.starts_with(group)).collect();
        ensure!(
            of_group == [&format!("{group}-1"), &format!("{group}-2"), &format!("{group}-3")],
            "group {group}: {of_group:?}"
        );
    }
    let failed = run.logged("batch-fifo", "record failed", "record_id");
    ensure!(failed.len() == 1, "{failed:?} failed");
    // Group B did not wait for the retry in A.
    let place = |id: &str| charged.iter().position(|charged| *charged == id);
    ensure!(place("B-3") < place("A-2"), "{charged:?}");
    Ok(())
}

fn a_response_begins_with_the_failed_record(run: &Run, function: &str) -> Result<()> {
    let answer = answer(&run.logs[function]).context("no response with a failure")?;
    let failures = answer["response"]["batchItemFailures"].as_array();
    let failures = failures.context("not a batch response")?.iter();
    let reported: Vec<_> = failures
        .filter_map(|failure| failure["itemIdentifier"].as_str())
        .collect();
    let request = &answer["function_request_id"];
    let ids = |message: &str| -> Vec<_> {
        let records = run.logs[function]
            .iter()
            .filter(|record| record["function_request_id"] == *request);
        let records = records.filter(|record| record["message"] == message);
        records.filter_map(|record| record["record_id"].as_str()).collect()
    };
    let (done, failed) = (ids("charged"), ids("record failed"));
    ensure!(
        failed.len() == 1 && reported.first() == failed.first(),
        "{failed:?} failed, {reported:?} was reported"
    );
    ensure!(reported.is_sorted(), "{reported:?}");
    ensure!(!done.is_empty(), "no record was processed before it");
    ensure!(
        done.iter().all(|id| !reported.contains(id)),
        "{done:?} were processed, {reported:?} was reported"
    );
    let records = answer["records"].as_u64().unwrap_or(0);
    ensure!(
        records == (done.len() + reported.len()) as u64,
        "of {records} records {answer}"
    );
    Ok(())
}
