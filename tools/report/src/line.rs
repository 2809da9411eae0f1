//! A line of a function's log group: a record, a document of metrics, the platform's own, or none of these.

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::model::LEVELS;

/// A line of a log.
#[derive(Debug)]
pub(crate) enum Line {
    /// A log record.
    Record(Map<String, Value>),
    /// A document in CloudWatch's Embedded Metric Format.
    Emf(Map<String, Value>),
    /// What the platform says about an invocation.
    Platform(Platform),
    /// What the platform says about other things.
    Ignored,
    /// Anything else, such as what a library printed.
    Plain(String),
}

/// What the platform says about an invocation.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Platform {
    pub(crate) request: String,
    /// Microseconds.
    pub(crate) duration: Option<u64>,
    /// Microseconds.
    pub(crate) init: Option<u64>,
    /// MB.
    pub(crate) memory: Option<u64>,
    pub(crate) trace: Option<String>,
    /// The id of the function's segment, which the handler's span has for its parent.
    pub(crate) segment: Option<String>,
    pub(crate) failed: bool,
}

impl Line {
    pub(crate) fn read(line: &str) -> Self {
        let line = line.trim_end_matches(['\r', '\n']);
        if let Ok(Value::Object(object)) = serde_json::from_str(line) {
            if object.get("_aws").is_some_and(Value::is_object) {
                return Self::Emf(object);
            }
            if level(&object).is_some() {
                return Self::Record(object);
            }
            if let Some(kind) = object
                .get("type")
                .and_then(Value::as_str)
                .filter(|kind| kind.starts_with("platform."))
            {
                return json_event(kind, &object["record"]);
            }
            return Self::Plain(line.to_owned());
        }
        text_event(line).unwrap_or_else(|| Self::Plain(line.to_owned()))
    }
}

/// Returns the level of a record as an index of [`LEVELS`].
pub(crate) fn level(record: &Map<String, Value>) -> Option<u8> {
    let name = record.get("level")?.as_str()?;
    let name = match name {
        "WARNING" => "WARN",
        "CRITICAL" | "FATAL" => "ERROR",
        name => name,
    };
    let at = LEVELS[1..].iter().position(|level| *level == name)?;
    u8::try_from(at + 1).ok()
}

/// Returns microseconds since 1970 of an RFC 3339 timestamp.
pub(crate) fn micros(timestamp: &str) -> Option<i64> {
    timestamp.parse::<Timestamp>().ok().map(Timestamp::as_microsecond)
}

/// Returns the timestamp of a record as the logger writes it: UTC, milliseconds.
pub(crate) fn timestamp(micros: i64) -> String {
    Timestamp::from_microsecond(micros).map_or_else(|_| String::new(), |time| format!("{time:.3}"))
}

fn text_event(line: &str) -> Option<Line> {
    const OTHER: [&str; 4] = ["INIT_START ", "INIT_REPORT ", "EXTENSION\t", "TELEMETRY\t"];
    if line.trim().is_empty() || OTHER.iter().any(|start| line.starts_with(start)) {
        return Some(Line::Ignored);
    }
    let (kind, rest) = line.split_once(" RequestId: ")?;
    if !["START", "END", "REPORT"].contains(&kind) {
        return None;
    }
    let mut parts = rest.split('\t').map(str::trim);
    let request = parts.next()?.split(' ').next()?.to_owned();
    let mut platform = Platform {
        request,
        ..Platform::default()
    };
    for (key, value) in parts.filter_map(|part| part.split_once(": ")) {
        match key {
            "Duration" => platform.duration = milliseconds(value),
            "Init Duration" => platform.init = milliseconds(value),
            "Max Memory Used" => platform.memory = value.trim_end_matches(" MB").parse().ok(),
            "XRAY TraceId" => platform.trace = Some(value.to_owned()),
            "SegmentId" => platform.segment = Some(value.to_owned()),
            "Status" => platform.failed = value != "success",
            _ => {}
        }
    }
    Some(Line::Platform(platform))
}

fn json_event(kind: &str, record: &Value) -> Line {
    let Some(request) = record["requestId"].as_str() else {
        return Line::Ignored;
    };
    let micros = |key: &str| record["metrics"][key].as_f64().map(to_micros);
    let status = record["status"].as_str().unwrap_or("success");
    let header = record["tracing"]["value"].as_str().unwrap_or_default();
    let root = header.split(';').find_map(|part| part.strip_prefix("Root="));
    let report = kind == "platform.report";
    Line::Platform(Platform {
        request: request.to_owned(),
        duration: micros("durationMs").filter(|_| report),
        init: micros("initDurationMs"),
        memory: record["metrics"]["maxMemoryUsedMB"].as_u64(),
        trace: root.map(str::to_owned),
        segment: record["tracing"]["spanId"].as_str().map(str::to_owned),
        failed: report && status != "success",
    })
}

fn milliseconds(text: &str) -> Option<u64> {
    text.strip_suffix(" ms")?.parse().ok().map(to_micros)
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, which is right
fn to_micros(milliseconds: f64) -> u64 {
    (milliseconds * 1e3).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_told_by_its_content() {
        let kind = |line: &str| match Line::read(line) {
            Line::Record(_) => "record",
            Line::Emf(_) => "emf",
            Line::Platform(_) => "platform",
            Line::Ignored => "ignored",
            Line::Plain(_) => "plain",
        };
        for (line, expected) in [
            (r#"{"level":"INFO","message":"hello"}"#, "record"),
            (r#"{"level":"FATAL","message":"hello"}"#, "record"),
            (r#"{"level":"LOUD","message":"hello"}"#, "plain"),
            (r#"{"_aws":{},"level":"WARN"}"#, "emf"),
            ("START RequestId: 1 Version: $LATEST", "platform"),
            (
                r#"{"time":"2026-01-15T10:30:00Z","type":"platform.start","record":{"requestId":"1"}}"#,
                "platform",
            ),
            (
                r#"{"time":"2026-01-15T10:30:00Z","type":"platform.initStart","record":{}}"#,
                "ignored",
            ),
            ("INIT_START Runtime Version: provided:al2023.v1", "ignored"),
            ("", "ignored"),
            ("thread 'main' panicked", "plain"),
            ("RequestId: 1 Error: Runtime exited", "plain"),
            ("[1, 2]", "plain"),
        ] {
            assert_eq!(kind(line), expected, "{line}");
        }
    }

    #[test]
    fn a_report_is_the_same_as_text_and_as_json() {
        let text = "REPORT RequestId: r1\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t\
                    Max Memory Used: 52 MB\tInit Duration: 98.1 ms\tXRAY TraceId: 1-2-3\tSegmentId: abc\tSampled: true\t\
                    Status: timeout";
        let json = r#"{"time":"2026-01-15T10:30:00Z","type":"platform.report","record":{"requestId":"r1","status":"timeout",
            "metrics":{"durationMs":12.34,"maxMemoryUsedMB":52,"initDurationMs":98.1},
            "tracing":{"spanId":"abc","type":"X-Amzn-Trace-Id","value":"Root=1-2-3;Parent=def;Sampled=1"}}}"#;
        let (Line::Platform(text), Line::Platform(json)) = (Line::read(text), Line::read(&json.replace('\n', "")))
        else {
            panic!("both are the platform's");
        };
        assert_eq!(text, json);
        assert_eq!(
            (text.duration, text.init, text.failed),
            (Some(12_340), Some(98_100), true)
        );
    }

    #[test]
    fn a_timestamp_comes_back_as_it_was() {
        for text in ["2026-01-15T10:30:00.125Z", "2026-01-15T10:30:00.000Z"] {
            assert_eq!(timestamp(micros(text).unwrap()), text);
        }
        assert_eq!(
            micros("2026-01-15T05:30:00.125-05:00"),
            micros("2026-01-15T10:30:00.125Z")
        );
        assert_eq!(micros("yesterday"), None);
    }
}
