//! A record with an unexpected field affects only itself: the others are handled.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use lambda_runtime::{Context, Error, LambdaEvent};
use powertools_lambda_batch::dynamodb::{DynamoDbEvent, DynamoDbEventRecord, NewImage};
use powertools_lambda_batch::kafka::{KafkaEvent, KafkaRecord};
use powertools_lambda_batch::kinesis::KinesisEvent;
use powertools_lambda_batch::sqs::{SqsEvent, SqsMessage};
use powertools_lambda_batch::{
    self as batch, Batch, BatchEvent, FailurePolicy, Json, Record, RecordHandler, record_fn,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::common::{base64, event, reported};

#[tokio::test]
async fn a_change_without_its_size_is_handled() {
    let change = |number: u32| json!({"eventID": number.to_string(), "eventName": "INSERT", "awsRegion": "eu-west-1", "eventSource": "aws:dynamodb", "dynamodb": {"SequenceNumber": number.to_string(), "SizeBytes": 26, "Keys": {"id": {"N": number.to_string()}}, "NewImage": {"id": {"N": number.to_string()}}}});
    let mut changes = json!({"Records": [change(1), change(2), change(3)]});
    changes["Records"][1]["dynamodb"]
        .as_object_mut()
        .unwrap()
        .remove("SizeBytes");
    let seen = Mutex::new(Vec::new());
    let handler = |record: Record<DynamoDbEventRecord>| {
        seen.lock()
            .unwrap()
            .push((record.id().into_owned(), record.change.size_bytes));
        async { Ok::<_, Error>(()) }
    };
    let response = batch::process(event::<DynamoDbEvent>(changes), handler).await.unwrap();
    assert_eq!(reported(&response), [""; 0]);
    let expected = [("1", Some(26)), ("2", None), ("3", Some(26))].map(|(id, size)| (id.to_owned(), size));
    assert_eq!(*seen.lock().unwrap(), expected);
}

#[tokio::test]
async fn a_kinesis_record_of_any_encryption_is_handled() {
    for encryption in [json!(null), json!("AES"), json!(7), json!({}), json!("KMS")] {
        let record = |number: u32, encryption: &Value| json!({"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": number.to_string(), "partitionKey": "a", "data": base64("7"), "encryptionType": encryption, "approximateArrivalTimestamp": 1_545_084_650.987}});
        let records = json!({"Records": [record(1, &json!("NONE")), record(2, &encryption)]});
        let seen = Mutex::new(0);
        let handler = |Json(number): Json<u32>| {
            *seen.lock().unwrap() += number;
            async { Ok::<_, Error>(()) }
        };
        let response = batch::process(event::<KinesisEvent>(records), handler).await.unwrap();
        assert_eq!(reported(&response), [""; 0], "{encryption}");
        assert_eq!(*seen.lock().unwrap(), 14, "{encryption}");
    }
}

#[tokio::test]
async fn a_message_whose_attribute_is_no_base64_is_handled_and_the_attribute_is_an_error() {
    let messages = json!({"Records": [
        {"messageId": "m0", "body": "a", "messageAttributes": {"key": {"binaryValue": "%%%", "dataType": "Binary"}}},
        {"messageId": "m1", "body": "b", "messageAttributes": {"key": {"binaryValue": base64("xyz"), "dataType": "Binary"}, "odd": 7}},
    ]});
    let handler = |message: Record<SqsMessage>| async move {
        let value = message.message_attributes["key"].binary_value();
        if message.id() == "m0" {
            assert_eq!(
                value.unwrap_err().to_string(),
                "the record's message attribute is not valid Base64"
            );
        } else {
            assert_eq!(value.unwrap().unwrap(), b"xyz");
            assert!(!message.message_attributes.contains_key("odd"));
        }
        Ok::<_, Error>(())
    };
    let response = batch::process(event::<SqsEvent>(messages), handler).await.unwrap();
    assert_eq!(reported(&response), [""; 0]);
}

#[tokio::test]
async fn a_kafka_record_with_a_numeric_schema_id_is_handled() {
    let records = json!({"eventSource": "aws:kafka", "records": {"t-0": [
        {"topic": "t", "partition": 0, "offset": 1, "value": base64("a"), "valueSchemaMetadata": {"dataFormat": "AVRO", "schemaId": 42}},
        {"topic": "t", "partition": 0, "offset": "2", "value": base64("b"), "headers": [{"n": [-1, 300]}, {"t": "x"}, 7], "valueSchemaMetadata": []},
    ]}});
    let handler = |record: Record<KafkaRecord>| async move {
        if record.offset == Some(1) {
            let schema = record.value_schema_metadata.clone().unwrap();
            assert_eq!(schema.schema_id.as_deref(), Some("42"));
        } else {
            assert_eq!(record.offset, Some(2));
            assert_eq!(record.value_schema_metadata, None);
            assert_eq!(record.header("n"), Some(&[][..]));
            assert_eq!(record.header("t"), Some(&b"x"[..]));
        }
        Ok::<_, Error>(())
    };
    let response = batch::process(event::<KafkaEvent>(records), handler).await.unwrap();
    assert_eq!(reported(&response), [""; 0]);
}

#[tokio::test]
async fn content_of_another_type_fails_its_record_alone_and_says_why() {
    async fn why<E: BatchEvent + DeserializeOwned>(records: Value) -> String {
        let why = Arc::new(Mutex::new(String::new()));
        let batch = Batch::<_, E>::new(record_fn(|_: Record<E::Record>| async { Ok::<_, Error>(()) }))
            .failure_policy(FailurePolicy::Continue)
            .on_failure({
                let why = Arc::clone(&why);
                move |_, error| {
                    assert!(error.decode_error().is_some());
                    *why.lock().unwrap() = error.to_string();
                }
            });
        batch
            .process(event::<E>(records))
            .await
            .map_err(|error| error.to_string())
            .map(|_| ())
            .unwrap();
        why.lock().unwrap().clone()
    }
    let messages =
        |odd: Value| json!({"Records": [{"messageId": "m0", "body": "ok"}, {"messageId": "m1", "body": odd}]});
    assert_eq!(
        why::<SqsEvent>(messages(json!({"id": 7}))).await,
        "the record cannot be read: its `body` is an object, expected text"
    );
    assert_eq!(
        why::<SqsEvent>(messages(json!(7))).await,
        "the record cannot be read: its `body` is a number, expected text"
    );
    let records = |odd: Value| json!({"Records": [{"kinesis": {"sequenceNumber": "1", "data": ""}}, {"kinesis": {"sequenceNumber": "2", "data": odd}}]});
    assert_eq!(
        why::<KinesisEvent>(records(json!([1, 2]))).await,
        "the record cannot be read: its `data` is an array, expected text"
    );
    let records = |odd: Value| json!({"records": {"t-0": [{"offset": 1}, {"offset": 2, "value": odd}]}});
    assert_eq!(
        why::<KafkaEvent>(records(json!(true))).await,
        "the record cannot be read: its `value` is a boolean, expected text"
    );
    let changes = |odd: Value| json!({"Records": [{"dynamodb": {"SequenceNumber": "1", "NewImage": {"id": {"S": "a"}}}}, {"dynamodb": {"SequenceNumber": "2", "NewImage": odd}}]});
    for (odd, problem) in [
        (json!(7), "`NewImage` is a number, expected an object"),
        (
            json!({"id": "a"}),
            r#"`NewImage`.`id` is text, expected an object such as {"S": …}"#,
        ),
        (
            json!({"id": null}),
            r#"`NewImage`.`id` is null, expected an object such as {"S": …}"#,
        ),
        (
            json!({"id": {}}),
            r#"`NewImage`.`id` is an empty object, expected an object such as {"S": …}"#,
        ),
        (json!({"id": {"X": 1}}), "`NewImage`.`id` has the unknown type `X`"),
        (
            json!({"id": {"S": "a", "N": "1"}}),
            "`NewImage`.`id` has more than one type",
        ),
        (json!({"id": {"S": 1}}), "`NewImage`.`id` is a number, expected text"),
        (json!({"id": {"N": 0.1}}), "`NewImage`.`id` is a number, expected text"),
        (json!({"id": {"B": "%"}}), "`NewImage`.`id` is not valid Base64"),
        (
            json!({"m": {"M": {"l": {"L": [{"S": "a"}, {"BOOL": "x"}]}}}}),
            "`NewImage`.`m`.`l`[] is text, expected a boolean",
        ),
        (
            json!({"s": {"NS": ["1", null]}}),
            "`NewImage`.`s`[] is null, expected text",
        ),
    ] {
        assert_eq!(
            why::<DynamoDbEvent>(changes(odd)).await,
            format!("the record cannot be read: its {problem}")
        );
    }
}

#[tokio::test]
async fn what_is_no_record_does_not_keep_the_others_from_being_handled() {
    let seen = Mutex::new(Vec::new());
    let handler = |body: String| {
        seen.lock().unwrap().push(body);
        async { Ok::<_, Error>(()) }
    };
    for odd in [json!(null), json!("x"), json!([1]), json!(7)] {
        let messages = json!({"Records": [{"messageId": "m0", "body": "a"}, odd, {"messageId": "m2", "body": "b"}]});
        let error = batch::process(event::<SqsEvent>(messages), handler).await.unwrap_err();
        assert!(error.to_string().contains("its record 2 of 3"), "{error}");
        assert_eq!(std::mem::take(&mut *seen.lock().unwrap()), ["a", "b"]);
    }
    let records = json!({"records": {"t-0": null, "t-1": [{"offset": 1, "value": base64("a")}]}});
    let error = batch::process(event::<KafkaEvent>(records), handler).await.unwrap_err();
    assert!(
        error.to_string().contains("its record 1 of 2"),
        "a partition must not be lost: {error}"
    );
    assert_eq!(*seen.lock().unwrap(), ["a"]);
}

#[tokio::test]
async fn one_record_does_not_decide_the_source_or_the_kind_of_queue() {
    let message = |id: &str, body: &str| json!({"messageId": id, "body": body, "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders.fifo", "attributes": {"MessageGroupId": "g"}});
    for odd in [json!(null), json!(7), json!("aws:mq"), json!({})] {
        let mut messages = json!({"Records": [message("m0", "fail"), message("m1", "ok")]});
        messages["Records"][0]["eventSource"] = odd;
        messages["Records"][0].as_object_mut().unwrap().remove("eventSourceARN");
        let batch = Batch::sqs(record_fn(|body: String| async move {
            if body == "ok" { Ok(()) } else { Err("failed") }
        }));
        let error = batch.process(event(messages)).await.unwrap_err();
        assert_eq!(
            reported(error.full_batch_error().unwrap().response()),
            ["m0", "m1"],
            "FIFO: the second must wait"
        );
    }
}

#[test]
fn a_field_that_is_there_twice_is_read_and_the_last_applies() {
    let text = r#"{"Records": [{"messageId": "a", "body": "x", "messageId": "b"}]}"#;
    let event: SqsEvent = serde_json::from_str(text).unwrap();
    assert_eq!(event.records[0].message_id.as_deref(), Some("b"));
}

#[test]
fn an_event_is_read_inside_an_untagged_enum() {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Any {
        Sqs(SqsEvent),
        Other(Value),
    }
    let any: Any = serde_json::from_value(json!({"Records": [{"messageId": "a"}]})).unwrap();
    assert!(matches!(any, Any::Sqs(event) if event.records.len() == 1));
    let any: Any = serde_json::from_value(json!({"id": 7})).unwrap();
    assert!(matches!(any, Any::Other(value) if value["id"] == 7));
}

#[test]
fn an_event_of_aws_lambda_events_is_converted_through_json() {
    let text = json!({"Records": [{"awsRegion": "r", "eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": "1", "partitionKey": "p", "data": base64("x"), "approximateArrivalTimestamp": 1_545_084_650.987}}]});
    let theirs: aws_lambda_events::kinesis::KinesisEvent = serde_json::from_value(text).unwrap();
    let ours: KinesisEvent = serde_json::from_value(serde_json::to_value(&theirs).unwrap()).unwrap();
    assert_eq!(ours.records[0].kinesis.data().unwrap(), b"x");
    assert_eq!(ours.records[0].aws_region.as_deref(), Some("r"));
    let arrived = ours.records[0].kinesis.approximate_arrival_timestamp.unwrap();
    let since = arrived.duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(since.as_micros(), 1_545_084_650_987_000, "theirs is written as text");
    let theirs: aws_lambda_events::sqs::SqsEvent =
        serde_json::from_value(json!({"Records": [{"messageId": "m", "body": "b"}]})).unwrap();
    let ours: SqsEvent = serde_json::from_value(serde_json::to_value(&theirs).unwrap()).unwrap();
    assert_eq!(ours.records[0].body.as_deref(), Some("b"));
    let theirs: aws_lambda_events::dynamodb::Event = serde_json::from_value(
        json!({"Records": [{"awsRegion": "r", "eventID": "e", "eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "SizeBytes": 1, "NewImage": {"id": {"S": "a"}}}}]}),
    )
    .unwrap();
    let ours: DynamoDbEvent = serde_json::from_value(serde_json::to_value(&theirs).unwrap()).unwrap();
    assert_eq!(ours.records[0].change.new_image.len(), 1);
}

/// The good batches, of three records with the contents `r0`, `r1` and `r2`.
fn good(source: usize) -> Value {
    let records: Vec<_> = (0..3)
        .map(|index| match source {
            0 => json!({"messageId": format!("m{index}"), "receiptHandle": "h", "body": format!("r{index}"), "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183"}, "messageAttributes": {"tenant": {"stringValue": "acme", "dataType": "String"}, "key": {"binaryValue": "eA==", "dataType": "Binary"}}, "md5OfBody": "e4", "md5OfMessageAttributes": "e5", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue", "awsRegion": "us-east-2"}),
            1 => json!({"kinesis": {"kinesisSchemaVersion": "1.0", "partitionKey": "1", "sequenceNumber": format!("m{index}"), "data": base64(&format!("r{index}")), "approximateArrivalTimestamp": 1_545_084_650.987, "encryptionType": "NONE"}, "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": "shardId-000000000006:4959", "eventName": "aws:kinesis:record", "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-role", "awsRegion": "us-east-2", "eventSourceARN": "arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream"}),
            2 => json!({"eventID": index.to_string(), "eventName": "MODIFY", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "us-east-2", "userIdentity": {"type": "Service", "principalId": "dynamodb.amazonaws.com"}, "eventSourceARN": "arn:aws:dynamodb:us-east-2:123456789012:table/t/stream/2024", "dynamodb": {"ApproximateCreationDateTime": 1_693_997_155.0, "Keys": {"id": {"S": "a"}}, "NewImage": {"id": {"S": format!("r{index}")}, "total": {"N": "7"}, "tags": {"SS": ["a"]}, "lines": {"L": [{"M": {"n": {"N": "1"}}}]}, "blob": {"B": "eA=="}}, "OldImage": {"id": {"S": "a"}, "gone": {"NULL": true}, "paid": {"BOOL": false}}, "SequenceNumber": format!("m{index}"), "SizeBytes": 59, "StreamViewType": "NEW_AND_OLD_IMAGES"}}),
            _ => json!({"topic": "t", "partition": 0, "offset": index, "timestamp": 1_545_084_650_987_i64, "timestampType": "CREATE_TIME", "key": "eA==", "value": base64(&format!("r{index}")), "headers": [{"trace": [104, -1]}], "keySchemaMetadata": {"dataFormat": "JSON", "schemaId": "5"}, "valueSchemaMetadata": {"dataFormat": "JSON", "schemaId": "5"}}),
        })
        .collect();
    match source {
        3 => {
            json!({"eventSource": "aws:kafka", "eventSourceArn": "arn", "bootstrapServers": "b", "records": {"t-0": records}})
        }
        _ => json!({ "Records": records }),
    }
}

/// The paths of all values in a value, and of the value itself.
fn paths(value: &Value, path: &str, into: &mut Vec<String>) {
    into.push(path.to_owned());
    match value {
        Value::Object(fields) => {
            for (name, field) in fields {
                paths(field, &format!("{path}/{name}"), into);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                paths(item, &format!("{path}/{index}"), into);
            }
        }
        _ => {}
    }
}

/// Replaces the value at a path, or removes it.
fn replace(value: &mut Value, path: &str, by: Option<Value>) {
    if let Some(by) = by {
        *value.pointer_mut(path).unwrap() = by;
        return;
    }
    let (parent, name) = path.rsplit_once('/').unwrap();
    match value.pointer_mut(parent).unwrap() {
        Value::Object(fields) => drop(fields.remove(name)),
        Value::Array(items) => drop(items.remove(name.parse().unwrap())),
        _ => unreachable!(),
    }
}

#[derive(Clone, Debug, Deserialize)]
struct Item {
    id: String,
    #[allow(dead_code)]
    total: u64,
}

/// Processes a batch and returns the contents that were handled, and the ids that were reported or the error.
fn processed<E, F, A>(event: &Value, handler: F) -> Result<Vec<String>, String>
where
    E: BatchEvent<Response: Serialize> + DeserializeOwned,
    F: RecordHandler<E::Record, A>,
{
    // From text as on Lambda; other tests read from values.
    let event: E = serde_json::from_str(&event.to_string()).unwrap_or_else(|error| panic!("{event}: {error}"));
    let batch = Batch::<_, E>::new(record_fn(handler)).failure_policy(FailurePolicy::Continue);
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    match runtime.block_on(batch.process(LambdaEvent::new(event, Context::default()))) {
        Ok(response) => Ok(reported(&response)),
        Err(error) => Err(error.invalid_event().unwrap().to_string()),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_one_field_of_one_record_costs_at_most_that_record(
        source in 0..4_usize,
        odd in 0..3_usize,
        path in any::<Index>(),
        by in select(vec![
            None,
            Some(json!(null)),
            Some(json!(true)),
            Some(json!(7)),
            Some(json!(-7)),
            Some(json!(0.5)),
            Some(json!(1e300)),
            Some(json!("%%%")),
            Some(json!("")),
            Some(json!([])),
            Some(json!([null, {"a": [1]}])),
            Some(json!({})),
            Some(json!({"a": {"b": null}, "S": 7})),
        ]),
    ) {
        let mut event = good(source);
        let records = if source == 3 { "/records/t-0" } else { "/Records" };
        let mut all = Vec::new();
        paths(event.pointer(&format!("{records}/{odd}")).unwrap(), &format!("{records}/{odd}"), &mut all);
        let path = path.get(&all);
        prop_assume!(by.is_some() || *path != all[0], "removing the whole record leaves no field to change");
        replace(&mut event, path, by);

        let seen = Mutex::new(BTreeSet::new());
        let see = |content: String| {
            seen.lock().unwrap().insert(content);
            async { Ok::<_, Error>(()) }
        };
        let result = match source {
            0 => processed::<SqsEvent, _, _>(&event, see),
            1 => processed::<KinesisEvent, _, _>(&event, see),
            2 => processed::<DynamoDbEvent, _, _>(&event, |NewImage(item): NewImage<Item>| see(item.id)),
            _ => processed::<KafkaEvent, _, _>(&event, see),
        };
        let seen = seen.into_inner().unwrap();
        for other in (0..3).filter(|other| *other != odd) {
            prop_assert!(seen.contains(&format!("r{other}")), "{seen:?} {event}");
        }
        let odd_id = if source == 3 { format!("t-0:{odd}") } else { format!("m{odd}") };
        match result {
            Ok(reported) if seen.len() == 3 => prop_assert_eq!(reported, [""; 0]),
            Ok(reported) => prop_assert_eq!(reported, [odd_id]),
            // The id is gone with the content.
            Err(error) => prop_assert!(error.contains(&format!("its record {} of 3", odd + 1)), "{error}"),
        }
    }
}
