//! An output that keeps its lines.

use std::sync::{Arc, Mutex, PoisonError};

use crate::{LineSink, Output};

/// Keeps the lines that were written, in their order. Clones are the same output.
#[derive(Clone, Debug, Default)]
pub struct MemoryOutput(Arc<Mutex<Vec<String>>>);

impl MemoryOutput {
    /// Creates an empty one.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the handle the library writes to.
    pub fn output(&self) -> Output {
        Output::new(self.clone())
    }

    /// Returns the lines so far, without their newline.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the lines so far and forgets them.
    pub fn take_lines(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl LineSink for MemoryOutput {
    fn write_line(&self, line: &[u8]) {
        let text = String::from_utf8_lossy(line);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(text.to_owned());
    }
}
