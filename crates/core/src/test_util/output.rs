//! `MemoryOutput`, an output that keeps its lines.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::line::{Line, Parsed};
use super::metrics::EmittedMetrics;
use super::record::LoggedRecord;
use crate::{Invocation, LineSink, Output};

/// Keeps the lines that are written, in their order. Clones share the lines.
#[derive(Clone, Debug, Default)]
pub struct MemoryOutput(Arc<Mutex<Vec<Line>>>);

impl MemoryOutput {
    /// Creates an empty output.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the handle that the library writes to.
    pub fn output(&self) -> Output {
        Output::new(self.clone())
    }

    /// Returns the lines so far, without their newlines.
    pub fn lines(&self) -> Vec<String> {
        self.locked().iter().map(|line| line.text.clone()).collect()
    }

    /// Returns the lines so far and forgets them.
    pub fn take_lines(&self) -> Vec<String> {
        let lines = std::mem::take(&mut *self.locked());
        lines.into_iter().map(|line| line.text).collect()
    }

    /// Returns the log records so far: the lines that are JSON objects, except for the documents of metrics.
    pub fn records(&self) -> Vec<LoggedRecord> {
        let records = self.parsed().filter_map(|line| match line {
            Parsed::Record(record) => Some(record),
            _ => None,
        });
        records.collect()
    }

    /// Returns the metrics so far: those of the lines in Embedded Metric Format.
    pub fn metrics(&self) -> EmittedMetrics {
        let metrics = self.parsed().filter_map(|line| match line {
            Parsed::Metrics(metrics) => Some(metrics),
            _ => None,
        });
        metrics.flatten().collect()
    }

    /// Returns the lines so far that are neither records nor metrics.
    pub fn other_lines(&self) -> Vec<String> {
        let lines = self.parsed().filter_map(|line| match line {
            Parsed::Other(line) => Some(line),
            _ => None,
        });
        lines.collect()
    }

    fn parsed(&self) -> impl Iterator<Item = Parsed> + use<> {
        let lines = self.locked().clone();
        lines.into_iter().map(Line::parse)
    }

    fn locked(&self) -> MutexGuard<'_, Vec<Line>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LineSink for MemoryOutput {
    fn write_line(&self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let text = text.strip_suffix('\n').unwrap_or(&text).to_owned();
        let request_id = Invocation::with_current(|invocation| invocation.context().request_id.clone());
        self.locked().push(Line { text, request_id });
    }
}
