//! Events, and the identifiers in their responses.
#![allow(dead_code, clippy::unwrap_used)] // each test uses its part

use lambda_runtime::{Context, LambdaEvent};
use powertools_lambda_batch::dynamodb::DynamoDbEvent;
use powertools_lambda_batch::kafka::KafkaEvent;
use powertools_lambda_batch::kinesis::KinesisEvent;
use powertools_lambda_batch::sqs::SqsEvent;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(crate) fn event<E: DeserializeOwned>(value: Value) -> LambdaEvent<E> {
    LambdaEvent::new(serde_json::from_value(value).unwrap(), Context::default())
}

/// A standard queue's messages `m0`, `m1`, … with these bodies.
pub(crate) fn sqs(bodies: &[&str]) -> LambdaEvent<SqsEvent> {
    let message = |(index, body): (usize, &&str)| json!({"messageId": format!("m{index}"), "body": body, "receiptHandle": format!("r{index}"), "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders", "attributes": {"ApproximateReceiveCount": "1"}});
    event(json!({"Records": bodies.iter().enumerate().map(message).collect::<Vec<_>>()}))
}

/// A FIFO queue's messages `m0`, `m1`, … of these groups, with these bodies.
pub(crate) fn fifo(messages: &[(&str, &str)]) -> LambdaEvent<SqsEvent> {
    let message = |(index, (group, body)): (usize, &(&str, &str))| json!({"messageId": format!("m{index}"), "body": body, "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:orders.fifo", "attributes": {"MessageGroupId": group}});
    event(json!({"Records": messages.iter().enumerate().map(message).collect::<Vec<_>>()}))
}

/// A shard's records with the sequence numbers 100, 101, …, of these partition keys, with these data.
pub(crate) fn kinesis(records: &[(&str, &str)]) -> LambdaEvent<KinesisEvent> {
    let record = |(index, (key, data)): (usize, &(&str, &str))| json!({"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": (100 + index).to_string(), "partitionKey": key, "data": base64(data), "approximateArrivalTimestamp": 1_545_084_650.987}});
    event(json!({"Records": records.iter().enumerate().map(record).collect::<Vec<_>>()}))
}

/// A table's changes with the sequence numbers 100, 101, …: insertions of `{id, state}`.
pub(crate) fn dynamodb(records: &[(&str, &str)]) -> LambdaEvent<DynamoDbEvent> {
    let record = |(index, (id, state)): (usize, &(&str, &str))| json!({"eventID": index.to_string(), "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1", "dynamodb": {"SequenceNumber": (100 + index).to_string(), "SizeBytes": 26, "StreamViewType": "NEW_AND_OLD_IMAGES", "Keys": {"id": {"S": id}}, "NewImage": {"id": {"S": id}, "state": {"S": state}}}});
    event(json!({"Records": records.iter().enumerate().map(record).collect::<Vec<_>>()}))
}

/// Records of Kafka partitions, in this order: each partition with its values, at the offsets 10, 11, ….
pub(crate) fn kafka(partitions: &[(&str, &[&str])]) -> LambdaEvent<KafkaEvent> {
    let partition = |(name, values): &(&str, &[&str])| {
        let record = |(index, value): (usize, &&str)| json!({"topic": "orders", "partition": 0, "offset": 10 + index, "timestamp": 1_545_084_650_987_i64, "timestampType": "CREATE_TIME", "value": base64(value), "headers": []});
        let records: Vec<_> = values.iter().enumerate().map(record).collect();
        format!("{}:{}", json!(name), json!(records))
    };
    let text = partitions.iter().map(partition).collect::<Vec<_>>().join(",");
    let text = format!(r#"{{"eventSource":"aws:kafka","records":{{{text}}}}}"#);
    LambdaEvent::new(serde_json::from_str(&text).unwrap(), Context::default())
}

/// The identifiers in a response of any source.
pub(crate) fn reported(response: &impl Serialize) -> Vec<String> {
    let response = serde_json::to_value(response).unwrap();
    assert_eq!(response.as_object().unwrap().len(), 1, "{response}");
    let failures = response["batchItemFailures"].as_array().unwrap();
    failures
        .iter()
        .map(|failure| match &failure["itemIdentifier"] {
            Value::String(id) => id.clone(),
            place => format!("{}:{}", place["partition"].as_str().unwrap(), place["offset"]),
        })
        .collect()
}

pub(crate) fn base64(text: &str) -> String {
    use std::fmt::Write;
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for chunk in text.as_bytes().chunks(3) {
        let bits = chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for digit in 0..4 {
            let character = if digit <= chunk.len() {
                DIGITS[(bits >> (18 - 6 * digit) & 63) as usize] as char
            } else {
                '='
            };
            write!(encoded, "{character}").unwrap();
        }
    }
    encoded
}

/// Fails if the body contains `fail`.
#[allow(clippy::unused_async)] // a handler is a function that returns a future
pub(crate) async fn fails_on_fail(body: String) -> anyhow::Result<()> {
    anyhow::ensure!(!body.contains("fail"), "told to fail");
    Ok(())
}
