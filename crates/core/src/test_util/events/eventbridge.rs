//! `EventBridge`, an event of a bus or of a schedule.

use serde::Serialize;
use serde_json::{Value, json};

use super::event::{builds_event, to_json};
use super::sample::{ACCOUNT, REGION, TIME_ISO_SECONDS, arn, uuid};

/// Returns an event of a source, such as `com.example.orders`, with a detail type, such as `OrderPlaced`.
///
/// Shape: [Events in Amazon EventBridge](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
/// use serde_json::json;
///
/// let event = events::eventbridge("com.example.orders", "OrderPlaced")
///     .detail(&json!({"id": "A-1"}))
///     .into_json();
/// assert_eq!(event["detail"]["id"], "A-1");
/// ```
pub fn eventbridge(source: impl Into<String>, detail_type: impl Into<String>) -> EventBridge {
    EventBridge {
        source: source.into(),
        detail_type: detail_type.into(),
        id: None,
        resources: Vec::new(),
        detail: json!({}),
    }
}

/// Returns the event of a scheduled rule with this name.
///
/// Shape: [Creating a rule that runs on a
/// schedule](https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html).
///
/// ```
/// use powertools_lambda_core::test_util::events;
///
/// let event = events::scheduled("nightly").into_json();
/// assert_eq!(event["detail-type"], "Scheduled Event");
/// ```
pub fn scheduled(rule: impl AsRef<str>) -> EventBridge {
    let rule = arn("events", &format!("rule/{}", rule.as_ref()));
    eventbridge("aws.events", "Scheduled Event").resource(rule)
}

/// Builds an `EventBridge` event; see [`eventbridge`] and [`scheduled`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until its event is used"]
pub struct EventBridge {
    source: String,
    detail_type: String,
    id: Option<String>,
    resources: Vec<String>,
    detail: Value,
}

impl EventBridge {
    /// Sets the event's id.
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.id = Some(id.into());
        self
    }

    /// Adds the ARN of a resource.
    pub fn resource(mut self, arn: impl Into<String>) -> Self {
        self.resources.push(arn.into());
        self
    }

    /// Sets the detail. Default: `{}`.
    ///
    /// # Panics
    ///
    /// Panics if `detail` cannot be serialized.
    #[track_caller]
    pub fn detail(mut self, detail: &(impl Serialize + ?Sized)) -> Self {
        self.detail = to_json(detail);
        self
    }

    fn build(self) -> Value {
        json!({
            "version": "0",
            "id": self.id.unwrap_or_else(|| uuid(0)),
            "detail-type": self.detail_type,
            "source": self.source,
            "account": ACCOUNT,
            "time": TIME_ISO_SECONDS,
            "region": REGION,
            "resources": self.resources,
            "detail": self.detail,
        })
    }
}

builds_event!(EventBridge);
