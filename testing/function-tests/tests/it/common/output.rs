//! [`Output`]: the output of a function, by invocation.

use std::collections::HashMap;

use powertools_telemetry::Telemetry;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{request_id, root};

/// The output of the function.
#[derive(Debug, Default)]
pub(crate) struct Output {
    /// The records by request id; those outside an invocation have an empty one.
    pub(crate) records: Entries,
    /// The metrics by the invocation's number.
    pub(crate) metrics: Entries,
    pub(crate) cold_starts: usize,
    /// The subsegments by trace id, as if each had been sent alone.
    pub(crate) subsegments: Entries,
    /// The output of the custom layer and the custom utility, by request id.
    pub(crate) own: Entries,
    lines: usize,
    datagrams: usize,
}

/// JSON texts in groups. They are parsed only when they are read, because values would take several times the memory.
#[derive(Debug, Default)]
pub(crate) struct Entries {
    texts: Vec<String>,
    places: HashMap<String, Vec<usize>>,
}

/// The fields that determine the group of a line.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "_aws")]
    emf: Option<IgnoredAny>,
    #[serde(rename = "ColdStart")]
    cold_start: Option<IgnoredAny>,
    level: Option<IgnoredAny>,
    number: Option<Value>,
    function_request_id: Option<String>,
    request: Option<String>,
}

impl Output {
    /// Returns the records of the invocation with this number.
    pub(crate) fn records_of(&self, number: usize) -> Vec<Value> {
        self.records.of(&request_id(number))
    }

    /// Returns the metrics of the invocation with this number.
    pub(crate) fn metrics_of(&self, number: usize) -> Vec<Value> {
        self.metrics.of(&number.to_string())
    }

    /// Returns the subsegments of the invocation with this number.
    pub(crate) fn subsegments_of(&self, number: usize) -> Vec<Value> {
        self.subsegments.of(&root(number))
    }

    /// Returns the number of lines and datagrams.
    pub(super) fn read(&self) -> (usize, usize) {
        (self.lines, self.datagrams)
    }

    pub(super) fn add(&mut self, lines: Vec<String>, datagrams: Vec<String>) {
        self.lines += lines.len();
        self.datagrams += datagrams.len();
        for line in lines {
            let head: Head = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
            if head.emf.is_some() && head.cold_start.is_some() {
                self.cold_starts += 1;
            } else if head.emf.is_some() {
                self.metrics.add(head.number.map(|number| number.to_string()), line);
            } else if head.level.is_some() {
                self.records.add(head.function_request_id, line);
            } else {
                self.own.add(head.request, line);
            }
        }
        for datagram in datagrams {
            let mut telemetry = Telemetry::default();
            telemetry.add_datagram(&datagram);
            assert_eq!(telemetry.unread, [""; 0]);
            for segment in telemetry.segments {
                let trace = segment.trace_id().to_owned();
                self.subsegments.add(Some(trace), segment.to_string());
            }
        }
    }
}

impl Entries {
    /// Returns the number of texts.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Returns the number of groups.
    pub(crate) fn owners(&self) -> usize {
        self.places.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Value> {
        self.texts.iter().map(|text| parsed(text))
    }

    /// Returns the texts of a group. Texts without a group have an empty name.
    pub(crate) fn of(&self, owner: &str) -> Vec<Value> {
        let places = self.places.get(owner).into_iter().flatten();
        places.map(|place| parsed(&self.texts[*place])).collect()
    }

    fn add(&mut self, owner: Option<String>, text: String) {
        let places = self.places.entry(owner.unwrap_or_default()).or_default();
        places.push(self.texts.len());
        self.texts.push(text);
    }
}

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
