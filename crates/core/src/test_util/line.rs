//! `Line`, a line of the output and the request it belongs to.

use serde_json::Value;

use super::metrics::{EmittedMetric, is_document, metrics_of};
use super::record::LoggedRecord;

/// A line that was written, without its newline.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) text: String,
    /// The id of the request during which it was written.
    pub(super) request_id: Option<String>,
}

/// What a line is.
pub(super) enum Parsed {
    Record(LoggedRecord),
    Metrics(Vec<EmittedMetric>),
    /// Not a JSON object.
    Other(String),
}

impl Line {
    pub(super) fn parse(self) -> Parsed {
        match serde_json::from_str(&self.text) {
            Ok(Value::Object(document)) if is_document(&document) => {
                Parsed::Metrics(metrics_of(&document, self.request_id.as_deref()))
            }
            Ok(Value::Object(keys)) => Parsed::Record(LoggedRecord::new(keys, self.request_id)),
            _ => Parsed::Other(self.text),
        }
    }
}
