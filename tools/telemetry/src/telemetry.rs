//! [`Telemetry`]: the telemetry of a run.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};

use crate::datagrams::DATAGRAM_HEADER;
use crate::emf::{self, Metric};
use crate::line::{Line, LineKind};
use crate::object::Object;
use crate::otlp;
use crate::platform::Event;
use crate::segment::Segment;

/// The log lines and X-Ray documents that functions wrote.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Telemetry {
    /// The lines of each function's log group, in their order.
    pub logs: BTreeMap<String, Vec<Line>>,
    /// The segments and subsegments, in the order in which they were sent; nested ones follow the one they were in.
    pub segments: Vec<Segment>,
    /// Everything that was sent but is not an X-Ray document: datagrams, documents and parts of documents.
    pub unread: Vec<String>,
}

impl Telemetry {
    /// Reads a folder with `logs/<function>.log`, the unchanged lines of each function's log group, and `xray.jsonl`, one
    /// X-Ray document per line, or `otlp.jsonl`, OpenTelemetry's spans in the OTLP file format; each is optional. Bytes that are not UTF-8 become replacement characters.
    ///
    /// # Errors
    ///
    /// If there is no such folder, or a file in it cannot be read.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut telemetry = Self::default();
        let entries = std::fs::read_dir(folder.join("logs")).with_context(|| {
            format!(
                "{} has no logs; to create some, run `cargo xtask demo`",
                folder.display()
            )
        })?;
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
        let spans = folder.join("otlp.jsonl");
        if spans.exists() {
            telemetry.add_otlp(&text(&spans)?);
        }
        Ok(telemetry)
    }

    /// Adds lines of a function's log group.
    pub fn add_log(&mut self, function: &str, lines: &str) {
        let log = self.logs.entry(function.to_owned()).or_default();
        log.extend(lines.lines().map(Line::read));
    }

    /// Adds X-Ray documents, one per line.
    pub fn add_documents(&mut self, lines: &str) {
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            self.add_document(line, line);
        }
    }

    /// Adds OpenTelemetry's spans, as if they were X-Ray documents: messages of the OTLP file format, one per line.
    pub fn add_otlp(&mut self, lines: &str) {
        for line in lines.lines().filter(|line| !line.trim().is_empty()) {
            match otlp::documents(line) {
                Some(documents) => {
                    for document in documents {
                        Segment::read(document, &mut self.segments, &mut self.unread);
                    }
                }
                None => self.unread.push(line.to_owned()),
            }
        }
    }

    /// Adds a datagram that the X-Ray daemon received: a header and a document.
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

    /// Returns the number of invocations that Lambda reported.
    pub fn reports(&self) -> usize {
        let is_report =
            |line: &&Line| matches!(&line.kind, LineKind::Platform(platform, _) if platform.event == Event::Report);
        self.lines().filter(is_report).count()
    }

    /// Returns everything else: lines that are not records, metrics or Lambda's own, and everything that could not be read.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        let is_other = |line: &&Line| matches!(line.kind, LineKind::Other(_));
        let lines = self.lines().filter(is_other).map(|line| &*line.text);
        lines.chain(self.unread.iter().map(String::as_str))
    }

    fn lines(&self) -> impl Iterator<Item = &Line> {
        self.logs.values().flatten()
    }

    /// Adds a document. If it is not JSON, it is kept as `text`.
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
