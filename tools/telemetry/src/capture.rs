//! [`Capture`]: the telemetry of a run as it was received, which can be saved in a folder.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::datagrams::DATAGRAM_HEADER;
use crate::line::Line;
use crate::telemetry::Telemetry;

/// The telemetry of a run, unchanged.
#[derive(Clone, Debug, Default)]
pub struct Capture {
    /// The lines of each function's log group.
    pub logs: BTreeMap<String, Vec<String>>,
    /// The datagrams that the X-Ray daemon received.
    pub datagrams: Vec<String>,
    /// The messages that an OpenTelemetry receiver got, as JSON.
    pub otlp: Vec<String>,
}

impl Capture {
    /// Reads the lines and the datagrams.
    pub fn read(&self) -> Telemetry {
        let mut telemetry = Telemetry::default();
        for (function, lines) in &self.logs {
            let lines = lines.iter().map(|line| Line::read(line)).collect();
            telemetry.logs.insert(function.clone(), lines);
        }
        for datagram in &self.datagrams {
            telemetry.add_datagram(datagram);
        }
        for message in &self.otlp {
            telemetry.add_otlp(message);
        }
        telemetry
    }

    /// Returns the X-Ray documents. A datagram without the header is returned whole.
    pub fn documents(&self) -> impl Iterator<Item = &str> {
        let datagrams = self.datagrams.iter();
        datagrams.map(|datagram| datagram.strip_prefix(DATAGRAM_HEADER).unwrap_or(datagram))
    }

    /// Writes the folder that [`Telemetry::read`] reads, replacing an existing one.
    ///
    /// # Errors
    ///
    /// If the folder or a file in it cannot be written.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let logs = folder.join("logs");
        if folder.exists() {
            std::fs::remove_dir_all(folder).with_context(|| format!("{} cannot be replaced", folder.display()))?;
        }
        std::fs::create_dir_all(&logs).with_context(|| format!("{} cannot be created", logs.display()))?;
        for (function, lines) in &self.logs {
            write(&logs.join(format!("{function}.log")), lines.iter().map(String::as_str))?;
        }
        if !self.otlp.is_empty() {
            write(&folder.join("otlp.jsonl"), self.otlp.iter().map(String::as_str))?;
        }
        write(&folder.join("xray.jsonl"), self.documents())
    }
}

fn write<'a>(file: &Path, lines: impl Iterator<Item = &'a str>) -> Result<()> {
    let text: String = lines.flat_map(|line| [line, "\n"]).collect();
    std::fs::write(file, text).with_context(|| format!("{} cannot be written", file.display()))
}
