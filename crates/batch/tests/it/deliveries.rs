//! The ways in which the same records reach a function: tumbling windows, EventBridge Pipes, and payloads of other senders.

use std::sync::Mutex;
use std::time::{Duration, UNIX_EPOCH};

use lambda_runtime::{Context, Error, LambdaEvent};
use powertools_lambda_batch::dynamodb::{DynamoDbEvent, NewImage};
use powertools_lambda_batch::kafka::KafkaEvent;
use powertools_lambda_batch::kinesis::KinesisEvent;
use powertools_lambda_batch::sqs::SqsEvent;
use powertools_lambda_batch::{self as batch, Batch, FailurePolicy, Json, record_fn};
use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::common::{base64, event, fails_on_fail};

fn kinesis_record(number: u32, data: &str) -> Value {
    json!({"eventSource": "aws:kinesis", "eventID": format!("shardId-000000000006:{number}"), "kinesis": {"sequenceNumber": number.to_string(), "partitionKey": "a", "data": base64(data), "approximateArrivalTimestamp": 1_545_084_650.987}})
}

fn change(number: u32, id: &str) -> Value {
    json!({"eventID": format!("e{number}"), "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1", "dynamodb": {"ApproximateCreationDateTime": 1_693_997_155.25, "SequenceNumber": number.to_string(), "Keys": {"id": {"S": id}}, "NewImage": {"id": {"S": id}}}})
}

fn windowed(records: &[Value], state: &Value, is_final: bool) -> Value {
    json!({"Records": records, "window": {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"}, "state": state, "shardId": "shardId-000000000006", "eventSourceARN": "arn:aws:kinesis:us-east-1:123456789012:stream/lambda-stream", "isFinalInvokeForWindow": is_final, "isWindowTerminatedEarly": false})
}

#[derive(Deserialize)]
struct Item {
    id: String,
}

async fn fails_on_id(item: NewImage<Item>) -> anyhow::Result<()> {
    fails_on_fail(item.0.id).await
}

#[tokio::test]
async fn the_state_of_a_window_comes_back_with_the_failures() {
    let state = json!({"1": 282, "2": 715, "nested": {"a": [1, null, 0.1]}});
    let records = [kinesis_record(1, "ok"), kinesis_record(2, "fail")];
    let response = batch::process(event::<KinesisEvent>(windowed(&records, &state, false)), fails_on_fail)
        .await
        .unwrap();
    assert_eq!(
        serde_json::to_value(&response).unwrap(),
        json!({"batchItemFailures": [{"itemIdentifier": "2"}], "state": state})
    );
    let changes = [change(1, "ok"), change(2, "fail")];
    let response = batch::process(event::<DynamoDbEvent>(windowed(&changes, &state, false)), fails_on_id)
        .await
        .unwrap();
    assert_eq!(
        serde_json::to_value(&response).unwrap(),
        json!({"batchItemFailures": [{"itemIdentifier": "2"}], "state": state})
    );
    let all_fail = event::<KinesisEvent>(windowed(&records[1..], &state, false));
    let error = batch::process(all_fail, fails_on_fail).await.unwrap_err();
    assert_eq!(error.into_response().unwrap().state, Some(state));
}

#[tokio::test]
async fn the_last_invocation_of_a_window_may_have_no_records() {
    let state = json!({"total": 7});
    let last: LambdaEvent<KinesisEvent> = event(windowed(&[], &state, true));
    let window = last.payload.window.clone().unwrap();
    assert!(window.is_final_invoke && !window.is_terminated_early);
    assert_eq!(window.start.as_deref(), Some("2020-12-09T07:04:00Z"));
    assert_eq!(window.end.as_deref(), Some("2020-12-09T07:06:00Z"));
    assert_eq!(window.shard_id.as_deref(), Some("shardId-000000000006"));
    assert!(window.event_source_arn.is_some());
    let response = batch::process(last, fails_on_fail).await.unwrap();
    assert_eq!(
        serde_json::to_value(&response).unwrap(),
        json!({"batchItemFailures": [], "state": state})
    );
}

#[tokio::test]
async fn a_window_without_a_state_begins_with_an_empty_one_and_a_batch_without_a_window_has_none() {
    for state in [Value::Null, json!({})] {
        let first: LambdaEvent<DynamoDbEvent> = event(windowed(&[change(1, "ok")], &state, false));
        let response = batch::process(first, fails_on_id).await.unwrap();
        assert_eq!(response.state, Some(json!({})));
    }
    let mut odd = windowed(&[kinesis_record(1, "ok")], &json!([7]), false);
    odd["window"] = json!(7);
    odd["isFinalInvokeForWindow"] = json!("yes");
    odd["shardId"] = json!(null);
    let response = batch::process(event::<KinesisEvent>(odd), fails_on_fail).await.unwrap();
    assert_eq!(response.state, Some(json!([7])), "a state comes back as it is");
    let plain = event::<KinesisEvent>(json!({"Records": [kinesis_record(1, "ok")]}));
    assert_eq!(plain.payload.window, None);
    let response = batch::process(plain, fails_on_fail).await.unwrap();
    assert_eq!(
        serde_json::to_value(&response).unwrap(),
        json!({"batchItemFailures": []})
    );
}

#[test]
fn an_event_is_written_as_it_was_read() {
    let kinesis = windowed(&[kinesis_record(1, "ok")], &json!({"a": 1}), true);
    let dynamodb = json!({"Records": [change(1, "ok")]});
    fn written<E: serde::de::DeserializeOwned + serde::Serialize>(value: &Value) -> Value {
        let event: E = serde_json::from_value(value.clone()).unwrap();
        without_nulls(serde_json::to_value(&event).unwrap())
    }
    fn without_nulls(value: Value) -> Value {
        match value {
            Value::Object(fields) => fields
                .into_iter()
                .filter(|(_, field)| !field.is_null())
                .map(|(name, field)| (name, without_nulls(field)))
                .collect(),
            Value::Array(items) => items.into_iter().map(without_nulls).collect(),
            value => value,
        }
    }
    assert_eq!(written::<KinesisEvent>(&kinesis), kinesis);
    assert_eq!(written::<DynamoDbEvent>(&dynamodb), dynamodb);
    let sqs = json!({"Records": [{"messageId": "m0", "body": "b", "attributes": {"SenderId": "s"}, "messageAttributes": {"k": {"binaryValue": "eA==", "dataType": "Binary"}}}]});
    assert_eq!(written::<SqsEvent>(&sqs), sqs);
}

#[test]
fn times_have_their_fraction_and_an_absent_one_is_none() {
    let event: LambdaEvent<KinesisEvent> = event(json!({"Records": [kinesis_record(1, "ok"), {"kinesis": {}}]}));
    let times: Vec<_> = event
        .payload
        .records
        .iter()
        .map(|record| record.kinesis.approximate_arrival_timestamp)
        .collect();
    assert_eq!(
        times,
        [Some(UNIX_EPOCH + Duration::from_millis(1_545_084_650_987)), None]
    );
    let event: LambdaEvent<DynamoDbEvent> =
        crate::common::event(json!({"Records": [change(1, "ok"), {"dynamodb": {}}]}));
    let times: Vec<_> = event
        .payload
        .records
        .iter()
        .map(|record| record.change.approximate_creation_date_time)
        .collect();
    assert_eq!(
        times,
        [Some(UNIX_EPOCH + Duration::from_millis(1_693_997_155_250)), None]
    );
}

#[tokio::test]
async fn the_array_of_a_pipe_is_read_and_reported_with_the_ids_that_a_pipe_expects() {
    let message = |id: &str, body: &str| json!({"messageId": id, "body": body, "eventSource": "aws:sqs"});
    let response = batch::process(
        event::<SqsEvent>(json!([message("m0", "ok"), message("m1", "fail")])),
        fails_on_fail,
    )
    .await
    .unwrap();
    assert_eq!(crate::common::reported(&response), ["m1"]);
    // The fields of `kinesis` are with the others.
    let flat = |number: u32, data: &str| {
        let mut record = kinesis_record(number, data);
        let fields = record.as_object_mut().unwrap();
        let Some(Value::Object(inner)) = fields.remove("kinesis") else {
            unreachable!()
        };
        fields.extend(inner);
        record
    };
    let response = batch::process(
        event::<KinesisEvent>(json!([flat(1, "ok"), flat(2, "fail")])),
        fails_on_fail,
    )
    .await
    .unwrap();
    assert_eq!(crate::common::reported(&response), ["shardId-000000000006:2"]);
    let response = batch::process(
        event::<DynamoDbEvent>(json!([change(1, "ok"), change(2, "fail")])),
        fails_on_id,
    )
    .await
    .unwrap();
    assert_eq!(crate::common::reported(&response), ["e2"]);
    let record = |offset: u32, value: &str, key: Value| json!({"eventSource": "aws:kafka", "eventSourceKey": key, "topic": "orders", "partition": 3, "offset": offset, "value": base64(value)});
    let records = json!([record(1, "ok", json!("orders-3")), record(2, "fail", json!(null))]);
    let records: LambdaEvent<KafkaEvent> = event(records);
    assert_eq!(records.payload.event_source.as_deref(), Some("aws:kafka"));
    let response = batch::process(records, fails_on_fail).await.unwrap();
    assert_eq!(crate::common::reported(&response), ["orders-3:2"]);
    let empty = batch::process(event::<SqsEvent>(json!([])), fails_on_fail)
        .await
        .unwrap();
    assert_eq!(crate::common::reported(&empty), [""; 0]);
}

#[tokio::test]
async fn an_event_of_sns_or_s3_is_named_in_the_error() {
    for (source, records) in [
        ("aws:sns", json!([{"EventSource": "aws:sns", "Sns": {"Message": "x"}}])),
        ("aws:s3", json!([{"eventSource": "aws:s3", "s3": {}}])),
        ("aws:kinesis", json!([kinesis_record(1, "x")])),
    ] {
        let error = batch::process(event::<SqsEvent>(json!({ "Records": records })), fails_on_fail)
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("the batch was not processed: its event comes from {source:?}, expected aws:sqs")
        );
    }
}

/// Returns the error of the one Kinesis record with these bytes.
async fn error_of<T: serde::de::DeserializeOwned + 'static>(bytes: &[u8]) -> String {
    use std::error::Error as _;

    use base64::Engine;
    let data = base64::engine::general_purpose::STANDARD.encode(bytes);
    let record = json!({"Records": [{"kinesis": {"sequenceNumber": "1", "data": data}}]});
    let handler = |_: Json<T>| async { Ok::<_, Error>(()) };
    let error = batch::process(event::<KinesisEvent>(record), handler)
        .await
        .unwrap_err();
    let (_, error) = error.full_batch_error().unwrap().errors().next().unwrap();
    assert!(error.decode_error().unwrap().source().is_some());
    error.to_string()
}

#[tokio::test]
async fn a_payload_of_another_kind_is_named_in_the_error() {
    #[derive(Deserialize)]
    struct Order {
        #[allow(dead_code)]
        order_id: u32,
    }
    for (payload, named) in [
        (
            &b"\xF3\x89\x9A\xC2\x0A\x01a"[..],
            "the Kinesis Producer Library aggregated",
        ),
        (b"\x1F\x8B\x08\x00", "compressed with gzip"),
        (b"\x28\xB5\x2F\xFD\x00", "compressed with zstd"),
        (b"", "it is empty"),
        (
            br#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#,
            "`s3:TestEvent`",
        ),
        (
            br#"{"Type":"Notification","TopicArn":"arn","Message":"{\"order_id\":1}"}"#,
            "raw message delivery",
        ),
        (
            br#"{"detail-type":"OrderPlaced","source":"shop","detail":{"order_id":1}}"#,
            "EventBridge",
        ),
        (
            br#"{"requestContext":{},"KinesisBatchInfo":{"shardId":"s"}}"#,
            "on-failure destination",
        ),
        (
            br#"{"requestContext":{},"DDBStreamBatchInfo":{"shardId":"s"}}"#,
            "on-failure destination",
        ),
        (
            br#"{"requestContext":{},"requestPayload":{"order_id":1}}"#,
            "`requestPayload`",
        ),
    ] {
        let error = error_of::<Order>(payload).await;
        assert!(error.starts_with("the record is not the expected JSON: "), "{error}");
        assert!(error.contains(named), "{error}");
    }
    for payload in [
        &b"{}"[..],
        b"[]",
        b"{",
        br#"{"Event":7}"#,
        br#"{"Type":"Notification"}"#,
        b"\xFF",
    ] {
        assert_eq!(error_of::<Order>(payload).await, "the record is not the expected JSON");
    }
}

#[tokio::test]
async fn text_that_is_compressed_is_named_in_the_error() {
    let record = json!({"Records": [{"kinesis": {"sequenceNumber": "1", "data": "H4sIAAAA/wA="}}]});
    let error = batch::process(event::<KinesisEvent>(record), fails_on_fail)
        .await
        .unwrap_err();
    let (_, error) = error.full_batch_error().unwrap().errors().next().unwrap();
    assert!(
        error
            .to_string()
            .starts_with("the record is not valid UTF-8: it is compressed with gzip"),
        "{error}"
    );
}

#[tokio::test]
async fn what_the_handler_makes_of_the_state_comes_back() {
    let seen = Mutex::new(0);
    let add = |Json(number): Json<u64>| {
        *seen.lock().unwrap() += number;
        async { Ok::<_, Error>(()) }
    };
    let records = [kinesis_record(1, "3"), kinesis_record(2, "4")];
    let event: LambdaEvent<KinesisEvent> = event(windowed(&records, &json!({"total": 35}), false));
    let before = event.payload.window.as_ref().unwrap().state["total"].as_u64().unwrap();
    let mut response = batch::process(event, add).await.unwrap();
    response.state = Some(json!({"total": before + *seen.lock().unwrap()}));
    assert_eq!(serde_json::to_value(&response).unwrap()["state"], json!({"total": 42}));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// With an unknown field among them.
    #[test]
    fn fields_may_come_in_any_order(order in Just(vec!["Records", "window", "state", "shardId", "new"]).prop_shuffle()) {
        let whole = windowed(&[kinesis_record(1, "ok")], &json!({"a": 1}), true);
        let fields: Vec<_> = order
            .iter()
            .map(|name| format!("{}:{}", json!(name), whole.get(name).unwrap_or(&json!([{"x": [1]}]))))
            .collect();
        let event: KinesisEvent = serde_json::from_str(&format!("{{{}}}", fields.join(","))).unwrap();
        let batch = Batch::kinesis(record_fn(fails_on_fail)).failure_policy(FailurePolicy::Continue);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let response = runtime.block_on(batch.process(LambdaEvent::new(event, Context::default()))).unwrap();
        prop_assert_eq!(response.state, Some(json!({"a": 1})));
    }
}
