//! [`Case`]: a recorded case.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

/// A recorded case, with its input and its output.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// A description.
    #[serde(default)]
    pub description: String,
    /// The environment variables. The process's own are not read.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// The start of the case, in RFC 3339. Default: 2026-01-15T10:30:00.125Z.
    pub clock_start: Option<String>,
    /// The time zone of the recorder.
    pub timezone: Option<String>,
    /// The operations to replay.
    pub input: Value,
    /// The output of the Python implementation.
    #[serde(default)]
    pub output: Value,
    /// Our output, if it is deliberately different.
    pub expected: Option<Value>,
}

impl Case {
    /// Parses a case.
    ///
    /// # Errors
    ///
    /// If `text` is not the JSON of a case.
    pub fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).context("this is not a recorded case")
    }

    /// Returns the output that a replay must produce.
    pub fn expectation(&self) -> &Value {
        self.expected.as_ref().unwrap_or(&self.output)
    }
}
