//! A run, read.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::datagrams::DATAGRAM_HEADER;
use crate::emf::{self, Metric};
use crate::line::{Line, LineKind};
use crate::object::Object;
use crate::platform::Event;
use crate::segment::Segment;

/// What functions wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Telemetry {
    /// The lines of each function's log group, in their order.
    pub logs: BTreeMap<String, Vec<Line>>,
    /// The segments and subsegments, in the order in which they were sent; what was nested in one follows it.
    pub segments: Vec<Segment>,
    /// What was sent and is not an X-Ray document: datagrams, documents and parts of documents.
    pub unread: Vec<String>,
}

impl Telemetry {
    /// Reads a folder with `logs/<function>.log`, the lines of each function's log group as they are, and `xray.jsonl`,
    /// one X-Ray document a line, which may be missing. Bytes that are not UTF-8 become replacement characters.
    ///
    /// # Errors
    ///
    /// When there is no such folder, or a file in it cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut telemetry = Self::default();
        let entries = std::fs::read_dir(folder.join("logs"))
            .with_context(|| format!("{} has no logs; `cargo xtask demo` saves some", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "log") {
                let function = path.file_stem().unwrap_or_default().to_string_lossy();
                telemetry.add_log(&function, &text(&path)?);
            }
        }
        let documents = folder.join("xray.jsonl");
        if documents.exists() {
            telemetry.add_documents(&text(&documents)?);
        }
        Ok(telemetry)
    }

    /// Adds lines of a function's log group.
    pub fn add_log(&mut self, function: &str, lines: &str) {
        let log = self.logs.entry(function.to_owned()).or_default();
        log.extend(lines.lines().map(Line::read));
    }

    /// Adds X-Ray documents, one a line.
    pub fn add_documents(&mut self, lines: &str) {
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            self.add_document(line, line);
        }
    }

    /// Adds what the X-Ray daemon received: a document behind a header.
    pub fn add_datagram(&mut self, datagram: &str) {
        match datagram.strip_prefix(DATAGRAM_HEADER) {
            Some(document) => self.add_document(document, datagram),
            None => self.unread.push(datagram.to_owned()),
        }
    }

    /// Returns the log records, those of each function in their order.
    pub fn records(&self) -> impl Iterator<Item = &Object> {
        self.lines().filter_map(|line| match &line.kind {
            LineKind::Record(_, record) => Some(record),
            _ => None,
        })
    }

    /// Returns the documents in Embedded Metric Format.
    pub fn emf(&self) -> impl Iterator<Item = &Object> {
        self.lines().filter_map(|line| match &line.kind {
            LineKind::Emf(document) => Some(document),
            _ => None,
        })
    }

    /// Returns the metrics as CloudWatch would extract them from the documents.
    pub fn metrics(&self) -> impl Iterator<Item = Metric> {
        self.emf().flat_map(emf::metrics)
    }

    /// Returns how many invocations the platform reports.
    pub fn reports(&self) -> usize {
        let is_report =
            |line: &&Line| matches!(&line.kind, LineKind::Platform(platform, _) if platform.event == Event::Report);
        self.lines().filter(is_report).count()
    }

    /// Returns what is none of these: lines that are neither records nor metrics nor the platform's, and what was not read.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        let is_other = |line: &&Line| matches!(line.kind, LineKind::Other(_));
        let lines = self.lines().filter(is_other).map(|line| &*line.text);
        lines.chain(self.unread.iter().map(String::as_str))
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        self.logs.values().flatten()
    }

    /// Adds a document; one that is not JSON is kept as `text`.
    fn add_document(&mut self, document: &str, text: &str) {
        match serde_json::from_str(document) {
            Ok(document) => Segment::read(document, &mut self.segments, &mut self.unread),
            Err(_) => self.unread.push(text.to_owned()),
        }
    }
}

fn text(path: &Path) -> Result<String> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
