//! What a run wrote: log groups, and X-Ray documents.

use std::io;
use std::path::Path;

use serde_json::Value as Json;

use crate::value::{Row, Value};
use crate::xray::Traces;

/// The account that the local AWS has.
const ACCOUNT: &str = "000000000000";

/// A run's log events with the fields that Logs Insights discovers in them, and its traces.
#[derive(Debug, Default)]
pub struct Telemetry {
    pub(crate) events: Vec<Row>,
    pub(crate) traces: Traces,
}

impl Telemetry {
    /// Reads `logs/FUNCTION.log`, the lines of each function's log group, and `xray.jsonl`, an X-Ray document a line.
    ///
    /// # Errors
    ///
    /// A file cannot be read, or an X-Ray document is no JSON.
    pub fn read(folder: &Path) -> io::Result<Self> {
        let mut files: Vec<_> = folder.join("logs").read_dir()?.collect::<io::Result<_>>()?;
        files.sort_by_key(std::fs::DirEntry::file_name);
        let mut telemetry = Self::default();
        for file in files {
            let path = file.path();
            if path.extension().is_some_and(|extension| extension == "log") {
                let function = path.file_stem().unwrap_or_default().to_string_lossy();
                telemetry.add_log(&function, &std::fs::read_to_string(&path)?);
            }
        }
        telemetry.set_traces(&std::fs::read_to_string(folder.join("xray.jsonl"))?)?;
        Ok(telemetry)
    }

    /// Takes X-Ray documents, one a line; which function each belongs to, the log says that is there by now.
    ///
    /// # Errors
    ///
    /// A line is no JSON.
    pub fn set_traces(&mut self, documents: &str) -> serde_json::Result<()> {
        let documents: Result<Vec<Json>, _> = documents.lines().map(serde_json::from_str).collect();
        self.traces = Traces::new(&documents?, &self.events);
        Ok(())
    }

    /// Adds the lines of a function's log group.
    pub fn add_log(&mut self, function: &str, lines: &str) {
        let mut events: Vec<Row> = lines
            .lines()
            .map(|line| {
                let mut event = discover(line);
                event.insert("@log".into(), Value::Text(format!("{ACCOUNT}:/aws/lambda/{function}")));
                event
            })
            .collect();
        date(&mut events);
        self.events.append(&mut events);
    }
}

/// Gives lines without a time, START, END and REPORT, that of the record before, or else of the one behind.
///
/// CloudWatch has each event's own time; a saved log does not.
fn date(events: &mut [Row]) {
    let start = Value::Text("START".into());
    let mut last = None;
    for event in events.iter_mut() {
        match event.get("@timestamp") {
            Some(time) => last = Some(time.clone()),
            // An invocation begins behind the end of the one before, so START takes the time of what follows.
            None if event.get("@type") == Some(&start) => last = None,
            None => event.extend(last.clone().map(|time| ("@timestamp".into(), time))),
        }
    }
    let mut next = None;
    for event in events.iter_mut().rev() {
        match event.get("@timestamp") {
            Some(time) => next = Some(time.clone()),
            None => event.extend(next.clone().map(|time| ("@timestamp".into(), time))),
        }
    }
}

/// Finds the fields of a line, as Logs Insights does for [logs of Lambda].
///
/// [logs of Lambda]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
fn discover(line: &str) -> Row {
    let mut event = Row::from([("@message".into(), Value::Text(line.into()))]);
    if let Some(kind) = ["START", "END", "REPORT"]
        .into_iter()
        .find(|kind| line.starts_with(&format!("{kind} RequestId: ")))
    {
        event.insert("@type".into(), Value::Text(kind.into()));
        platform(line, &mut event);
    }
    // "only for the first embedded JSON fragment in each log event"
    let json = line.find('{').and_then(|start| {
        let mut documents = serde_json::Deserializer::from_str(&line[start..]).into_iter::<Json>();
        documents.next()?.ok()
    });
    if let Some(json) = json {
        if let Some(time) = time(&json) {
            event.insert("@timestamp".into(), Value::Time(time));
        }
        flatten("", &json, &mut event);
    }
    event
}

/// Reads what the platform says in text: `Name: value`, with tabs between; memory is in bytes, a MB a million of them.
fn platform(line: &str, event: &mut Row) {
    for part in line.split('\t').flat_map(|part| part.split(" Version: ")) {
        let Some((name, value)) = part.rsplit_once(": ") else {
            continue;
        };
        let number = |unit: &str| value.strip_suffix(unit)?.parse::<f64>().ok();
        let (field, value) = match name {
            "START RequestId" | "END RequestId" | "REPORT RequestId" => ("@requestId", Some(Value::Text(value.into()))),
            "Duration" => ("@duration", number(" ms").map(Value::Number)),
            "Billed Duration" => ("@billedDuration", number(" ms").map(Value::Number)),
            "Init Duration" => ("@initDuration", number(" ms").map(Value::Number)),
            "Memory Size" => ("@memorySize", number(" MB").map(|size| Value::Number(size * 1e6))),
            "Max Memory Used" => ("@maxMemoryUsed", number(" MB").map(|size| Value::Number(size * 1e6))),
            "XRAY TraceId" => ("@xrayTraceId", Some(Value::Text(value.into()))),
            "SegmentId" => ("@xraySegmentId", Some(Value::Text(value.into()))),
            _ => continue,
        };
        if let Some(value) = value {
            event.insert(field.into(), value);
        }
    }
}

/// Returns the time at which the document says it was written.
fn time(json: &Json) -> Option<i64> {
    if let Some(time) = json["_aws"]["Timestamp"].as_i64() {
        return Some(time);
    }
    let text = json["timestamp"].as_str().or_else(|| json["time"].as_str())?;
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(time.as_millisecond())
}

/// Names nested fields `a.b` and those of arrays `a.0`; a name that begins with `@` gets another one.
fn flatten(name: &str, json: &Json, event: &mut Row) {
    let child = |key: &str| match name {
        "" if key.starts_with('@') => format!("@{key}"),
        "" => key.to_owned(),
        _ => format!("{name}.{key}"),
    };
    let value = match json {
        Json::Null => return,
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&child(&index.to_string()), item, event);
            }
            return;
        }
        Json::Object(members) => {
            for (key, member) in members {
                flatten(&child(key), member, event);
            }
            return;
        }
    };
    event.insert(name.to_owned(), value);
}
