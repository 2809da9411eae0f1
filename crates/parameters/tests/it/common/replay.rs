//! AWS, simulated by the SDK's replay client: answers in order, and a record of the calls.

use std::time::Duration;

use aws_sdk_ssm::config::{BehaviorVersion, Credentials, Region, SharedCredentialsProvider};
use aws_smithy_http_client::test_util::{ReplayEvent, StaticReplayClient};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::retry::RetryConfig;
use aws_types::SdkConfig;
use serde_json::{Value, json};

/// Answers calls in order.
#[derive(Clone, Debug)]
pub(crate) struct Replay(StaticReplayClient);

impl Replay {
    pub(crate) fn new(answers: impl IntoIterator<Item = (u16, Value)>) -> Self {
        Self::raw(answers.into_iter().map(|(status, body)| {
            let answer = http::Response::builder().status(status);
            answer.body(SdkBody::from(body.to_string())).unwrap()
        }))
    }

    pub(crate) fn ok(answers: impl IntoIterator<Item = Value>) -> Self {
        Self::new(answers.into_iter().map(|body| (200, body)))
    }

    pub(crate) fn error(code: &str) -> (u16, Value) {
        (400, json!({ "__type": code, "message": "no" }))
    }

    pub(crate) fn raw(answers: impl IntoIterator<Item = http::Response<SdkBody>>) -> Self {
        let events = answers
            .into_iter()
            .map(|answer| ReplayEvent::new(http::Request::new(SdkBody::empty()), answer));
        Self(StaticReplayClient::new(events.collect()))
    }

    /// The configuration of a client without retries.
    pub(crate) fn config(&self) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "AKID", "key", None, None, "test",
            )))
            .retry_config(
                RetryConfig::standard()
                    .with_max_attempts(1)
                    .with_initial_backoff(Duration::from_millis(1)),
            )
            .http_client(SharedHttpClient::new(self.0.clone()))
            .build()
    }

    /// Returns the calls so far: each operation with its input.
    pub(crate) fn calls(&self) -> Vec<(String, Value)> {
        let calls = self.0.actual_requests().map(|request| {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            let operation = target.rsplit('.').next().unwrap_or_default();
            let body = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or(Value::Null);
            let operation = if operation.is_empty() { request.uri() } else { operation };
            (operation.to_owned(), body)
        });
        calls.collect()
    }

    pub(crate) fn operations(&self) -> Vec<String> {
        self.calls().into_iter().map(|(operation, _)| operation).collect()
    }
}
