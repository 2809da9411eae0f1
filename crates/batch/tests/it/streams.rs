//! Kinesis, DynamoDB Streams and Kafka: the checkpoint after a failure.

use std::collections::BTreeMap;
use std::sync::Mutex;

use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda_batch::dynamodb::{Change, DynamoDbEvent, DynamoDbEventRecord, ItemKeys, NewImage, OldImage};
use powertools_lambda_batch::kafka::{KafkaEvent, KafkaRecord};
use powertools_lambda_batch::kinesis::{KinesisEvent, KinesisEventRecord};
use powertools_lambda_batch::{self as batch, Batch, FailurePolicy, Json, Record, record_fn};
use serde::Deserialize;
use serde_json::json;

use crate::common::{base64, dynamodb, event, fails_on_fail, kafka, kinesis, reported};

#[derive(Debug, PartialEq, Deserialize)]
struct Item {
    id: String,
    state: String,
}

async fn fails_on_state(item: NewImage<Item>) -> anyhow::Result<()> {
    fails_on_fail(item.0.state).await
}

#[tokio::test]
async fn a_stream_stops_at_the_first_failure_so_that_nothing_is_done_twice() {
    let seen = Mutex::new(Vec::new());
    let handler = |data: String| {
        seen.lock().unwrap().push(data.clone());
        fails_on_fail(data)
    };
    let response = batch::process(kinesis(&[("a", "ok-0"), ("a", "fail-1"), ("b", "ok-2")]), handler)
        .await
        .unwrap();
    assert_eq!(reported(&response), ["101", "102"]);
    assert_eq!(*seen.lock().unwrap(), ["ok-0", "fail-1"]);
    let response = batch::process(dynamodb(&[("a", "ok"), ("b", "fail"), ("c", "ok")]), fails_on_state)
        .await
        .unwrap();
    assert_eq!(reported(&response), ["101", "102"]);
}

#[tokio::test]
async fn a_stream_may_report_every_failure() {
    let records = [("a", "ok"), ("a", "fail"), ("a", "ok"), ("b", "fail"), ("c", "ok")];
    for concurrency in [1, 3] {
        let batch = Batch::kinesis(record_fn(fails_on_fail))
            .failure_policy(FailurePolicy::Continue)
            .concurrency(concurrency);
        assert_eq!(
            reported(&batch.process(kinesis(&records)).await.unwrap()),
            ["101", "103"]
        );
        let batch = Batch::dynamodb(record_fn(fails_on_state))
            .failure_policy(FailurePolicy::Continue)
            .concurrency(concurrency);
        assert_eq!(
            reported(&batch.process(dynamodb(&records)).await.unwrap()),
            ["101", "103"]
        );
    }
}

#[tokio::test]
async fn a_stream_may_skip_only_the_rest_of_the_key() {
    let records = [("a", "ok"), ("a", "fail"), ("a", "ok"), ("b", "ok")];
    let batch = Batch::kinesis(record_fn(fails_on_fail)).failure_policy(FailurePolicy::SkipGroup);
    assert_eq!(
        reported(&batch.process(kinesis(&records)).await.unwrap()),
        ["101", "102"]
    );
}

#[tokio::test]
async fn images_and_keys_are_decoded_into_types() {
    let changed = json!({"Records": [{"eventID": "1", "eventName": "MODIFY", "awsRegion": "eu-west-1", "dynamodb": {"SequenceNumber": "1", "SizeBytes": 1, "Keys": {"id": {"S": "A"}}, "OldImage": {"id": {"S": "A"}, "state": {"S": "new"}}, "NewImage": {"id": {"S": "A"}, "state": {"S": "paid"}}}}]});
    #[derive(Deserialize)]
    struct Key {
        id: String,
    }
    let handler = |change: Change<Item>, key: ItemKeys<Key>, record: Record<DynamoDbEventRecord>| async move {
        assert_eq!(change.old.unwrap().state, "new");
        assert_eq!(change.new.unwrap().state, "paid");
        assert_eq!(key.id, "A");
        assert_eq!(record.event_name, "MODIFY");
        Ok::<_, Error>(())
    };
    assert_eq!(
        reported(&batch::process(event::<DynamoDbEvent>(changed), handler).await.unwrap()),
        [""; 0]
    );
}

#[tokio::test]
async fn a_missing_or_malformed_image_fails_only_its_record() {
    let shapes = json!({"Records": [
        {"eventID": "1", "eventName": "INSERT", "awsRegion": "eu-west-1", "dynamodb": {"SequenceNumber": "1", "SizeBytes": 1, "NewImage": {"id": {"S": "A"}, "state": {"S": "new"}}}},
        {"eventID": "2", "eventName": "INSERT", "awsRegion": "eu-west-1", "dynamodb": {"SequenceNumber": "2", "SizeBytes": 1, "NewImage": {"id": {"N": "1"}}}},
        {"eventID": "3", "eventName": "REMOVE", "awsRegion": "eu-west-1", "dynamodb": {"SequenceNumber": "3", "SizeBytes": 1, "Keys": {"id": {"S": "A"}}}},
    ]});
    let batch = Batch::dynamodb(record_fn(fails_on_state)).failure_policy(FailurePolicy::Continue);
    assert_eq!(
        reported(&batch.process(event(shapes.clone())).await.unwrap()),
        ["2", "3"]
    );
    let optional = |new: Option<NewImage<Item>>, old: Option<OldImage<Item>>| async move {
        assert!(old.is_none());
        new.map(|_| ()).ok_or("removed")
    };
    let batch = Batch::dynamodb(record_fn(optional)).failure_policy(FailurePolicy::Continue);
    assert_eq!(reported(&batch.process(event(shapes)).await.unwrap()), ["2", "3"]);
}

#[tokio::test]
async fn a_record_without_a_sequence_number_is_handled_and_fails_the_batch_only_if_it_has_to_be_reported() {
    let without = |state| {
        let mut table = dynamodb(&[("a", "ok"), ("b", state)]);
        table.payload.records[1].change.sequence_number = None;
        table
    };
    let response = batch::process(without("ok"), fails_on_state).await.unwrap();
    assert_eq!(reported(&response), [""; 0]);
    let error = batch::process(without("fail"), fails_on_state).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the batch fails as a whole: its record 2 of 2 is to be delivered again, but has no dynamodb.SequenceNumber to report it with"
    );
    let mut shard = kinesis(&[("a", "fail")]);
    shard.payload.records[0].kinesis.sequence_number.clear();
    let error = batch::process(shard, fails_on_fail).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the batch fails as a whole: its record 1 of 1 is to be delivered again, but has no kinesis.sequenceNumber to report it with"
    );
}

#[tokio::test]
async fn kafka_reports_partition_and_offset() {
    let partitions: [(&str, &[&str]); 2] = [("orders-1", &["ok", "fail", "ok"]), ("orders-0", &["ok", "ok"])];
    let response = batch::process(kafka(&partitions), fails_on_fail).await.unwrap();
    assert_eq!(
        serde_json::to_value(&response).unwrap(),
        json!({"batchItemFailures": [{"itemIdentifier": {"partition": "orders-1", "offset": 11}}, {"itemIdentifier": {"partition": "orders-1", "offset": 12}}]})
    );
    assert_eq!(
        reported(&batch::process(kafka(&[]), fails_on_fail).await.unwrap()),
        [""; 0]
    );
}

#[test]
fn kafka_partitions_keep_the_order_of_the_event() {
    let names = ["orders-9", "orders-1", "payments-0", "orders-3", "a-0", "orders-2"];
    let partitions: Vec<(&str, &[&str])> = names.iter().map(|name| (*name, &["x", "y"][..])).collect();
    let event = kafka(&partitions);
    let order: Vec<_> = event
        .payload
        .records
        .iter()
        .map(|record| (record.topic_partition.as_str(), record.offset.unwrap()))
        .collect();
    assert_eq!(
        order,
        names
            .iter()
            .flat_map(|name| [(*name, 10), (*name, 11)])
            .collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn kafka_records_are_decoded_lazily_so_that_a_broken_one_fails_alone() {
    let records = json!({"eventSource": "SelfManagedKafka", "bootstrapServers": "b:9092", "records": {"t-0": [
        {"topic": "t", "partition": 0, "offset": 1, "key": base64("k"), "value": base64("7"), "headers": [{"trace": [104, -1]}, {"trace": [1]}]},
        {"topic": "t", "partition": 0, "offset": 2, "value": "%%%"},
        {"topic": "t", "partition": 0, "offset": 3, "value": null, "valueSchemaMetadata": {"dataFormat": "JSON", "schemaId": "5"}},
    ]}});
    let batch = Batch::kafka(record_fn(
        |number: Option<Json<u32>>, record: Record<KafkaRecord>| async move {
            if record.offset == Some(1) {
                assert_eq!(number, Some(Json(7)));
                assert_eq!(record.key().unwrap().unwrap(), b"k");
                assert_eq!(record.header("trace").unwrap(), [104, 255]);
            } else {
                assert_eq!(number, None);
                let schema = record.value_schema_metadata.as_ref().unwrap();
                assert_eq!(schema.schema_id.as_deref(), Some("5"));
            }
            Ok::<_, Error>(())
        },
    ));
    let batch = batch.failure_policy(FailurePolicy::Continue);
    assert_eq!(
        reported(&batch.process(event::<KafkaEvent>(records)).await.unwrap()),
        ["t-0:2"]
    );
}

#[tokio::test]
async fn a_kafka_record_without_an_offset_fails_the_batch_only_if_it_has_to_be_reported() {
    let records = |value: &str| {
        event::<KafkaEvent>(
            json!({"eventSource": "aws:kafka", "records": {"t-0": [{"topic": "t", "value": base64(value)}]}}),
        )
    };
    let response = batch::process(records("ok"), fails_on_fail).await.unwrap();
    assert_eq!(reported(&response), [""; 0]);
    let error = batch::process(records("fail"), fails_on_fail).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the batch fails as a whole: its record 1 of 1 is to be delivered again, but has no offset to report it with"
    );
}

/// How many times Lambda tries a record before it skips it, in the replay below.
const ATTEMPTS: usize = 3;

/// Replays streams as the developer guide describes them: the lowest reported sequence number is the checkpoint, and
/// all records from it on are delivered again. A record that was tried too often is skipped.
#[tokio::test]
async fn by_lambdas_checkpoint_rule_every_record_is_processed_in_order_and_the_poison_is_passed() {
    let stream: Vec<(String, String)> = (0..12)
        .map(|index| {
            (
                format!("key-{}", index % 3),
                format!("{}-{index}", if index == 5 { "fail" } else { "ok" }),
            )
        })
        .collect();
    for (policy, concurrency) in [
        (None, 1),
        (None, 4),
        (Some(FailurePolicy::Continue), 1),
        (Some(FailurePolicy::Continue), 4),
        (Some(FailurePolicy::SkipGroup), 4),
    ] {
        let seen = Mutex::new(Vec::new());
        let handler = |data: String, record: Record<KinesisEventRecord>| {
            seen.lock()
                .unwrap()
                .push((record.kinesis.partition_key.clone(), data.clone()));
            fails_on_fail(data)
        };
        let mut batch = Batch::kinesis(record_fn(handler)).concurrency(concurrency);
        if let Some(policy) = policy {
            batch = batch.failure_policy(policy);
        }
        let mut checkpoint = 0;
        let mut attempts = BTreeMap::new();
        while checkpoint < stream.len() {
            let delivered = from_checkpoint(&stream, checkpoint);
            let reported: Vec<usize> = match batch.process(delivered).await {
                Ok(response) => reported(&response)
                    .iter()
                    .map(|number| number.parse().unwrap())
                    .collect(),
                Err(_) => vec![checkpoint], // a failed invocation: the whole batch
            };
            checkpoint = match reported.iter().min() {
                None => stream.len(),
                Some(&lowest) => {
                    let tried = attempts.entry(lowest).or_insert(0);
                    *tried += 1;
                    if *tried == ATTEMPTS { lowest + 1 } else { lowest }
                }
            };
        }
        let seen = seen.lock().unwrap();
        for (key, data) in &stream {
            let times = seen.iter().filter(|(_, handled)| handled == data).count();
            assert!(times >= 1, "{data} was lost ({policy:?})");
            if policy.is_none() && concurrency == 1 {
                assert_eq!(times, if data.contains("fail") { ATTEMPTS } else { 1 }, "{data}");
            }
            // The first deliveries of a key are in the stream's order.
            let mut first = Vec::new();
            for (_, handled) in seen.iter().filter(|(of, _)| of == key) {
                if !first.contains(handled) {
                    first.push(handled.clone());
                }
            }
            let expected: Vec<_> = stream
                .iter()
                .filter(|(of, _)| of == key)
                .map(|(_, data)| data.clone())
                .collect();
            assert_eq!(first, expected, "{policy:?}");
        }
    }
}

fn from_checkpoint(stream: &[(String, String)], checkpoint: usize) -> LambdaEvent<KinesisEvent> {
    let record = |(index, (key, data)): (usize, &(String, String))| json!({"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": index.to_string(), "partitionKey": key, "data": base64(data), "approximateArrivalTimestamp": 1.5}});
    let records: Vec<_> = stream.iter().enumerate().skip(checkpoint).map(record).collect();
    event(json!({"Records": records}))
}
