//! `VisibilityBackOff`: the calls to SQS.

use std::time::Duration;

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::{Client, Config};
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use aws_smithy_types::body::SdkBody;
use lambda_runtime::LambdaEvent;
use powertools_lambda_batch::sqs::{SqsEvent, VisibilityBackOff};
use powertools_lambda_batch::{Batch, record_fn};
use powertools_lambda_core::test_util::TestEnvironment;
use serde_json::{Value, json};

use crate::common::{fails_on_fail, reported, sqs};

/// A client that receives these answers, in order.
fn client(answers: &[Value]) -> (Client, StaticReplayClient) {
    let event = |answer: &Value| {
        let request = http::Request::builder()
            .uri("http://localhost")
            .body(SdkBody::empty())
            .unwrap();
        let response = http::Response::builder()
            .status(200)
            .body(SdkBody::from(answer.to_string()))
            .unwrap();
        ReplayEvent::new(request, response)
    };
    let http = StaticReplayClient::new(answers.iter().map(event).collect());
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("test", "test", None, None, "test"))
        .http_client(http.clone())
        .build();
    (Client::from_conf(config), http)
}

/// The requests: each operation with its input.
fn asked(http: &StaticReplayClient) -> Vec<(String, Value)> {
    http.actual_requests()
        .map(|request| {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let input = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
            (target.trim_start_matches("AmazonSQS.").to_owned(), input)
        })
        .collect()
}

fn received(counts: &[&str]) -> LambdaEvent<SqsEvent> {
    let mut event = sqs(&vec!["fail"; counts.len()]);
    for (message, count) in event.payload.records.iter_mut().zip(counts) {
        message
            .attributes
            .insert("ApproximateReceiveCount".to_owned(), (*count).to_owned());
    }
    event.payload.records.extend(sqs(&["ok"]).payload.records);
    event
}

fn url() -> Value {
    json!({"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"})
}

#[tokio::test]
async fn each_failed_message_comes_again_later_than_the_last_time() {
    let (client, http) = client(&[url(), json!({"Successful": [], "Failed": []})]);
    let back_off = VisibilityBackOff::new(client)
        .first(Duration::from_secs(30))
        .longest(Duration::from_mins(10));
    let batch = Batch::sqs(record_fn(fails_on_fail)).back_off(back_off);
    let response = batch
        .process(received(&["1", "2", "5", "200", "nonsense"]))
        .await
        .unwrap();
    assert_eq!(reported(&response), ["m0", "m1", "m2", "m3", "m4"]);
    let asked = asked(&http);
    assert_eq!(asked[0].0, "GetQueueUrl");
    assert_eq!(
        asked[0].1,
        json!({"QueueName": "orders", "QueueOwnerAWSAccountId": "123456789012"})
    );
    assert_eq!(asked[1].0, "ChangeMessageVisibilityBatch");
    assert_eq!(asked[1].1["QueueUrl"], url()["QueueUrl"]);
    let entries = asked[1].1["Entries"].as_array().unwrap();
    let delays: Vec<_> = entries
        .iter()
        .map(|entry| {
            (
                entry["ReceiptHandle"].as_str().unwrap(),
                entry["VisibilityTimeout"].as_i64().unwrap(),
            )
        })
        .collect();
    assert_eq!(delays, [("r0", 30), ("r1", 60), ("r2", 480), ("r3", 600), ("r4", 30)]);
}

#[tokio::test]
async fn ten_messages_are_one_call_and_the_address_is_asked_for_once() {
    let done = || json!({"Successful": [], "Failed": []});
    let (client, http) = client(&[url(), done(), done(), done()]);
    let batch = Batch::sqs(record_fn(fails_on_fail)).back_off(VisibilityBackOff::new(client));
    batch.process(received(&["1"; 12])).await.unwrap();
    batch.process(received(&["1"; 2])).await.unwrap();
    let sizes: Vec<_> = asked(&http)
        .iter()
        .map(|(_, input)| input["Entries"].as_array().map(Vec::len))
        .collect();
    assert_eq!(sizes, [None, Some(10), Some(2), Some(2)]);
}

#[tokio::test]
async fn a_message_that_sqs_rejects_is_one_warning_and_is_still_reported() {
    let refused = json!({"Successful": [], "Failed": [{"Id": "0", "SenderFault": true, "Code": "InvalidParameterValue", "Message": "the receipt handle has expired"}]});
    let (client, _) = client(&[url(), refused]);
    let environment = TestEnvironment::new();
    let batch = Batch::sqs(record_fn(fails_on_fail))
        .back_off(VisibilityBackOff::new(client))
        .environment(&environment);
    assert_eq!(reported(&batch.process(received(&["1"])).await.unwrap()), ["m0"]);
    assert_eq!(
        environment.warnings(),
        [
            "failed records will be delivered again without a back-off: SQS refused 1 of 1 messages: the receipt handle has expired"
        ]
    );
}

#[tokio::test]
async fn a_message_without_a_handle_or_that_is_refused_does_not_keep_the_others_from_being_delayed() {
    let refused = json!({"Successful": [], "Failed": [{"Id": "0", "SenderFault": true, "Code": "Expired"}]});
    let (client, http) = client(&[url(), refused, json!({"Successful": [], "Failed": []})]);
    let environment = TestEnvironment::new();
    let batch = Batch::sqs(record_fn(fails_on_fail))
        .back_off(VisibilityBackOff::new(client))
        .environment(&environment);
    let mut messages = received(&["1"; 13]);
    messages.payload.records[0].receipt_handle = None;
    messages.payload.records[0].event_source_arn = None;
    assert_eq!(reported(&batch.process(messages).await.unwrap()).len(), 13);
    let sizes: Vec<_> = asked(&http)
        .iter()
        .map(|(_, input)| input["Entries"].as_array().map(Vec::len))
        .collect();
    assert_eq!(sizes, [None, Some(10), Some(2)]);
    assert_eq!(environment.warnings().len(), 1);
}
