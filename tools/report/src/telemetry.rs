//! What was saved of a run: `FOLDER/logs/<function>.log` and `FOLDER/xray.jsonl`.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::line::Line;
use crate::model::Model;

/// What functions wrote.
#[derive(Debug, Default)]
pub struct Telemetry {
    pub(crate) logs: BTreeMap<String, Vec<Line>>,
    pub(crate) documents: Vec<Value>,
    pub(crate) unread: usize,
}

impl Telemetry {
    /// Reads a folder with `logs/<function>.log`, the lines of each function's log group as they are, and `xray.jsonl`,
    /// one X-Ray document a line.
    ///
    /// # Errors
    ///
    /// When there is no such folder, or a file in it cannot be read. Lines that are no record are kept as plain text.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut telemetry = Self::default();
        let logs = folder.join("logs");
        let entries = std::fs::read_dir(&logs)
            .with_context(|| format!("{} has no logs; `cargo xtask demo` saves some", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            let name = path.file_stem().and_then(|name| name.to_str());
            if let Some(name) = name.filter(|_| path.extension().is_some_and(|extension| extension == "log")) {
                telemetry.log(name, &text(&path)?);
            }
        }
        let documents = folder.join("xray.jsonl");
        if documents.exists() {
            telemetry.xray(&text(&documents)?);
        }
        Ok(telemetry)
    }

    /// Adds the lines of a function's log group.
    pub fn log(&mut self, function: &str, lines: &str) {
        let log = self.logs.entry(function.to_owned()).or_default();
        log.extend(lines.lines().map(Line::read));
    }

    /// Adds X-Ray documents, one a line.
    pub fn xray(&mut self, lines: &str) {
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            match serde_json::from_str::<Value>(line) {
                Ok(document) if document.is_object() => self.documents.push(document),
                _ => self.unread += 1,
            }
        }
    }

    /// Counts and joins everything.
    pub fn model(self) -> Model {
        crate::analysis::model(self)
    }
}

/// Reads a file; bytes that are no UTF-8 become replacement characters.
fn text(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
