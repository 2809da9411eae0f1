//! Amazon SQS: the reported messages, and the arguments of handlers.

use std::sync::{Arc, Mutex};

use lambda_runtime::{Context, Error};
use powertools_lambda_batch::sqs::{SqsEvent, SqsMessage};
use powertools_lambda_batch::{
    self as batch, Batch, DecodeError, FailurePolicy, FullFailurePolicy, Json, Record, record_fn,
};
use serde::Deserialize;
use serde_json::json;

use crate::common::{event, fails_on_fail, fifo, reported, sqs};

#[tokio::test]
async fn only_what_failed_is_reported() {
    let response = batch::process(sqs(&["ok", "fail", "ok", "fail"]), fails_on_fail)
        .await
        .unwrap();
    assert_eq!(
        serde_json::to_value(&response).unwrap(),
        json!({"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m3"}]})
    );
}

#[tokio::test]
async fn nothing_failed_is_an_empty_list() {
    let response = batch::process(sqs(&["ok"]), fails_on_fail).await.unwrap();
    assert_eq!(serde_json::to_string(&response).unwrap(), r#"{"batchItemFailures":[]}"#);
}

#[tokio::test]
async fn an_empty_batch_succeeds() {
    let response = batch::process(sqs(&[]), fails_on_fail).await.unwrap();
    assert_eq!(reported(&response), [""; 0]);
}

#[tokio::test]
async fn the_same_id_twice_is_reported_twice() {
    let twice = event::<SqsEvent>(
        json!({"Records": [{"messageId": "m", "body": "fail"}, {"messageId": "m", "body": "fail"}, {"messageId": "n", "body": "ok"}]}),
    );
    assert_eq!(
        reported(&batch::process(twice, fails_on_fail).await.unwrap()),
        ["m", "m"]
    );
}

#[tokio::test]
async fn a_body_that_does_not_decode_fails_only_its_message() {
    #[derive(Deserialize)]
    struct Order {
        id: u32,
    }
    let seen = Mutex::new(Vec::new());
    let handler = |Json(order): Json<Order>| {
        seen.lock().unwrap().push(order.id);
        async { Ok::<_, Error>(()) }
    };
    let without_body = json!({"messageId": "m3"});
    let mut event = sqs(&[r#"{"id":1}"#, r#"{"id":"one"}"#, "no JSON"]);
    event
        .payload
        .records
        .push(serde_json::from_value(without_body).unwrap());
    assert_eq!(
        reported(&batch::process(event, handler).await.unwrap()),
        ["m1", "m2", "m3"]
    );
    assert_eq!(*seen.lock().unwrap(), [1]);
}

#[tokio::test]
async fn a_handler_may_examine_undecodable_records_itself() {
    let handler = |order: Result<Json<u32>, DecodeError>, body: Option<String>| async move {
        match order {
            Ok(_) => Ok(()),
            Err(error) if error.is_missing() => {
                assert_eq!(body, None);
                Ok(())
            }
            Err(error) => Err(error),
        }
    };
    let event = event::<SqsEvent>(
        json!({"Records": [{"messageId": "m0", "body": "1"}, {"messageId": "m1"}, {"messageId": "m2", "body": "x"}]}),
    );
    assert_eq!(reported(&batch::process(event, handler).await.unwrap()), ["m2"]);
}

#[tokio::test]
async fn a_handler_can_read_attributes_and_context() {
    let mut event = event::<SqsEvent>(
        json!({"Records": [{"messageId": "m0", "body": "{}", "messageAttributes": {"tenant": {"stringValue": "acme", "dataType": "String"}}}]}),
    );
    event.context.request_id = "request".to_owned();
    let handler = |_: Json<serde_json::Value>, message: Record<SqsMessage>, context: Context| async move {
        assert_eq!(message.id(), "m0");
        assert_eq!(
            message.message_attributes["tenant"].string_value.as_deref(),
            Some("acme")
        );
        assert_eq!(message.context().request_id, "request");
        assert_eq!(context.request_id, "request");
        Ok::<_, Error>(())
    };
    assert_eq!(reported(&batch::process(event, handler).await.unwrap()), [""; 0]);
}

#[tokio::test]
async fn a_message_without_an_id_is_handled_and_fails_the_batch_only_if_it_has_to_be_reported() {
    for id in [json!(null), json!(""), json!({})] {
        let messages = |body: &str| {
            event::<SqsEvent>(json!({"Records": [{"messageId": "m0", "body": "ok"}, {"messageId": id, "body": body}]}))
        };
        let response = batch::process(messages("ok"), fails_on_fail).await.unwrap();
        assert_eq!(reported(&response), [""; 0]);
        let policies = [FullFailurePolicy::Error, FullFailurePolicy::Report];
        for policy in policies {
            let batch = Batch::sqs(record_fn(fails_on_fail)).full_failure_policy(policy);
            let error = batch.process(messages("fail")).await.unwrap_err();
            assert_eq!(
                error.invalid_event().unwrap().to_string(),
                "the batch fails as a whole: its record 2 of 2 is to be delivered again, but has no messageId to report it with"
            );
            assert!(error.full_batch_error().is_none());
            assert!(error.into_response().is_err(), "a response would lose the message");
        }
    }
}

#[tokio::test]
async fn an_event_of_another_source_fails_the_batch() {
    let event = event::<SqsEvent>(json!({"Records": [{"messageId": "m0", "body": "ok", "eventSource": "aws:mq"}]}));
    let error = batch::process(event, fails_on_fail).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"the batch was not processed: its event comes from "aws:mq", expected aws:sqs"#
    );
}

#[test]
fn an_event_of_another_shape_does_not_decode() {
    for (shape, came) in [
        (json!({"bar": 1, "foo": "x"}), "an object with `bar`, `foo`"),
        (json!({}), "an empty object"),
        (json!({"Records": {}}), "an object whose `Records` is an object"),
        (json!({"Records": null}), "an object whose `Records` is null"),
        (json!("x"), "text"),
        (json!(null), "null"),
        (json!(7), "a number"),
    ] {
        let error = serde_json::from_value::<SqsEvent>(shape).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!(
                "expected an event of Amazon SQS: an object with `Records`, or an array of records as EventBridge Pipes sends it; came {came}"
            )
        );
    }
    let many: serde_json::Map<_, _> = (0..12).map(|index| (format!("f{index:02}"), json!(1))).collect();
    let error = serde_json::from_value::<SqsEvent>(many.into()).unwrap_err();
    assert!(error.to_string().ends_with("`f07` and 4 more fields"), "{error}");
}

const GROUPS: [(&str, &str); 6] = [
    ("a", "ok"),
    ("b", "ok"),
    ("a", "fail"),
    ("b", "ok"),
    ("a", "ok"),
    ("c", "ok"),
];

async fn handled(policy: Option<FailurePolicy>, concurrency: usize) -> (Vec<String>, Vec<String>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let handler = |message: Record<SqsMessage>| {
        let seen = Arc::clone(&seen);
        async move {
            seen.lock().unwrap().push(message.id().into_owned());
            fails_on_fail(message.body.clone().unwrap()).await
        }
    };
    let mut batch = Batch::sqs(record_fn(handler)).concurrency(concurrency);
    if let Some(policy) = policy {
        batch = batch.failure_policy(policy);
    }
    let response = batch.process(fifo(&GROUPS)).await.unwrap();
    let mut seen = seen.lock().unwrap().clone();
    seen.sort();
    (seen, reported(&response))
}

#[tokio::test]
async fn a_fifo_queue_stops_at_the_first_failure() {
    for policy in [None, Some(FailurePolicy::Stop)] {
        let (seen, reported) = handled(policy, 1).await;
        assert_eq!(seen, ["m0", "m1", "m2"]);
        assert_eq!(reported, ["m2", "m3", "m4", "m5"]);
    }
}

#[tokio::test]
async fn a_fifo_queue_may_skip_only_the_rest_of_the_group() {
    for (policy, concurrency) in [
        (FailurePolicy::SkipGroup, 1),
        (FailurePolicy::SkipGroup, 4),
        (FailurePolicy::Continue, 1),
    ] {
        let (seen, reported) = handled(Some(policy), concurrency).await;
        assert_eq!(seen, ["m0", "m1", "m2", "m3", "m5"]);
        assert_eq!(reported, ["m2", "m4"]);
    }
}

#[tokio::test]
async fn a_fair_queue_is_not_a_fifo_queue() {
    let mut event = fifo(&GROUPS);
    for message in &mut event.payload.records {
        message.event_source_arn = Some("arn:aws:sqs:eu-west-1:123456789012:fair".to_owned());
    }
    assert_eq!(reported(&batch::process(event, fails_on_fail).await.unwrap()), ["m2"]);
}

#[tokio::test]
async fn nothing_is_remembered_from_one_batch_to_the_next() {
    let batch = Batch::sqs(record_fn(fails_on_fail)).failure_policy(FailurePolicy::SkipGroup);
    assert_eq!(
        reported(&batch.process(fifo(&[("a", "fail"), ("b", "ok")])).await.unwrap()),
        ["m0"]
    );
    assert_eq!(
        reported(&batch.process(fifo(&[("a", "ok"), ("a", "ok")])).await.unwrap()),
        [""; 0]
    );
}
