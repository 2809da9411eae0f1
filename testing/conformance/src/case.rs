//! A recorded case.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::Value;

/// A recorded case: what was put in, and what came out.
#[derive(Debug, Deserialize)]
pub struct Case {
    /// What the case is about.
    #[serde(default)]
    pub description: String,
    /// The environment variables; the process's own are not looked at.
    #[serde(default)]
    pub env: BTreeMap<String, String>,
    /// When the case begins, in RFC 3339; 2026-01-15T10:30:00.125Z where it does not say.
    pub clock_start: Option<String>,
    /// The time zone of the recorder.
    pub timezone: Option<String>,
    /// What is to be done.
    pub input: Value,
    /// What the Python implementation did.
    #[serde(default)]
    pub output: Value,
    /// What we do, where that is deliberately different.
    pub expected: Option<Value>,
}

impl Case {
    /// Reads a case.
    ///
    /// # Errors
    ///
    /// When `text` is not the JSON of a case.
    pub fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).context("this is no recorded case")
    }

    /// Returns what a replay is compared with.
    pub fn expectation(&self) -> &Value {
        self.expected.as_ref().unwrap_or(&self.output)
    }
}
