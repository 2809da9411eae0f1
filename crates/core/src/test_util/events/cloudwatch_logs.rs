//! `CloudWatchLogs`, log lines that a subscription filter sends.

use serde_json::{Value, json};

use super::encode::{base64, gzip};
use super::event::builds_event;
use super::sample::{ACCOUNT, TIME_MILLIS};

/// Returns the event of a subscription filter of a log group, with no log line yet.
///
/// The lines are compressed and encoded, as CloudWatch Logs does.
///
/// Shape: [Using Lambda with CloudWatch Logs](https://docs.aws.amazon.com/lambda/latest/dg/services-cloudwatchlogs.html).
pub fn cloudwatch_logs(log_group: impl Into<String>) -> CloudWatchLogs {
    CloudWatchLogs {
        log_group: log_group.into(),
        log_stream: "2026/01/15/[$LATEST]0123456789abcdef".to_owned(),
        messages: Vec::new(),
    }
}

/// Builds a `CloudWatch` Logs event; see [`cloudwatch_logs`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct CloudWatchLogs {
    log_group: String,
    log_stream: String,
    messages: Vec<String>,
}

impl CloudWatchLogs {
    /// Sets the log stream.
    pub fn log_stream(mut self, name: impl Into<String>) -> Self {
        self.log_stream = name.into();
        self
    }

    /// Adds a log line.
    pub fn message(mut self, message: impl Into<String>) -> Self {
        self.messages.push(message.into());
        self
    }

    fn build(self) -> Value {
        let event = |(index, message): (u64, String)| {
            json!({
                "id": format!("367051088748245{:041}", 600_000_000 + index),
                "timestamp": TIME_MILLIS + index,
                "message": message,
            })
        };
        let data = json!({
            "messageType": "DATA_MESSAGE",
            "owner": ACCOUNT,
            "logGroup": self.log_group,
            "logStream": self.log_stream,
            "subscriptionFilters": ["order-fn"],
            "logEvents": (0..).zip(self.messages).map(event).collect::<Vec<_>>(),
        });
        json!({ "awslogs": { "data": base64(gzip(data.to_string().as_bytes())) } })
    }
}

builds_event!(CloudWatchLogs);
