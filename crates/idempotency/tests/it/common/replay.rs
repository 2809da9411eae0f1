//! DynamoDB, simulated by the SDK's replay client: answers in order, and a record of the calls.

use std::time::Duration;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use serde_json::{Value, json};

/// Answers calls in order.
#[derive(Clone, Debug)]
pub(crate) struct Replay(StaticReplayClient);

impl Replay {
    pub(crate) fn new(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        let answers = answers.into_iter().map(|(status, body)| {
            let answer = http::Response::builder().status(status);
            let answer = answer.body(SdkBody::from(body.to_string())).unwrap();
            ReplayEvent::new(http::Request::new(SdkBody::empty()), answer)
        });
        Self(StaticReplayClient::new(answers.collect()))
    }

    /// The answer to a write that took effect.
    pub(crate) fn ok() -> (u16, Value) {
        (200, json!({}))
    }

    pub(crate) fn error(code: &str, message: &str) -> (u16, Value) {
        let code = format!("com.amazonaws.dynamodb.v20120810#{code}");
        (400, json!({ "__type": code, "message": message }))
    }

    /// The answer to a write whose condition failed.
    pub(crate) fn condition_failed(item: &Value) -> (u16, Value) {
        let code = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException";
        let message = "The conditional request failed";
        (400, json!({ "__type": code, "message": message, "Item": item }))
    }

    /// Returns a client that makes up to `attempts` per call.
    pub(crate) fn client(&self, attempts: u32) -> Client {
        let retries = RetryConfig::standard()
            .with_max_attempts(attempts)
            .with_initial_backoff(Duration::from_millis(1));
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(Credentials::new("AKID", "key", None, None, "test"))
            .retry_config(retries)
            .http_client(self.0.clone());
        Client::from_conf(config.build())
    }

    /// Returns the calls so far: each operation with its input.
    pub(crate) fn calls(&self) -> Vec<(String, Value)> {
        let calls = self.0.actual_requests().map(|request| {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
            let body = serde_json::from_slice(request.body().bytes().unwrap_or_default());
            (operation, body.unwrap_or(Value::Null))
        });
        calls.collect()
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        self.calls().into_iter().map(|(operation, _)| operation).collect()
    }
}
