//! Creates log events with the fields that Logs Insights discovers in them.

use std::borrow::Cow;

use powertools_telemetry::{Event, Line, LineKind, Object, Platform, Telemetry, emf};
use serde_json::Value as Json;

use crate::value::{Row, Value};

/// The account id of the local AWS.
const ACCOUNT: &str = "000000000000";

/// Returns the events of all log groups.
pub(crate) fn all(telemetry: &Telemetry) -> Vec<Row> {
    let mut all = Vec::new();
    for (function, lines) in &telemetry.logs {
        let log = Value::Text(format!("{ACCOUNT}:/aws/lambda/{function}"));
        let event = |line: &Line| {
            let mut event = discover(line);
            event.insert("@log".into(), log.clone());
            event
        };
        let mut events: Vec<Row> = lines.iter().map(event).collect();
        date(&mut events);
        all.append(&mut events);
    }
    all
}

/// Returns the JSON in a line, "only for the first embedded JSON fragment in each log event".
pub(crate) fn object(line: &Line) -> Option<Cow<'_, Object>> {
    if let Some(object) = line.object() {
        return Some(Cow::Borrowed(object));
    }
    let start = line.text.find('{')?;
    let mut documents = serde_json::Deserializer::from_str(&line.text[start..]).into_iter::<Json>();
    match documents.next()?.ok()? {
        Json::Object(map) => Some(Cow::Owned(map.into())),
        _ => None,
    }
}

/// Gives lines without a time (START, END and REPORT) the time of the previous record, or of the next one.
///
/// CloudWatch has a time for each event; a saved log does not.
fn date(events: &mut [Row]) {
    let start = Value::Text("START".into());
    let mut last = None;
    for event in events.iter_mut() {
        match event.get("@timestamp") {
            Some(time) => last = Some(time.clone()),
            // An invocation begins after the end of the previous one, so START takes the time of the next record.
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

/// Finds the fields of a line, as Logs Insights does for [logs of Lambda]; a name that begins with `@` gets a second `@`.
///
/// [logs of Lambda]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
fn discover(line: &Line) -> Row {
    let mut event = Row::from([("@message".into(), Value::Text(line.text.clone()))]);
    if let LineKind::Platform(said, None) = &line.kind {
        platform(said, &mut event);
    }
    if let Some(object) = object(line) {
        if let Some(time) = time(&object) {
            event.insert("@timestamp".into(), Value::Time(time));
        }
        for (key, member) in object.iter() {
            let name = if key.starts_with('@') {
                format!("@{key}")
            } else {
                key.clone()
            };
            flatten(&name, member, &mut event);
        }
    }
    event
}

/// Adds the fields of Lambda's own text lines. Memory is in bytes, one MB being a million bytes.
fn platform(said: &Platform, event: &mut Row) {
    let kind = match said.event {
        Event::Start => "START",
        Event::End => "END",
        Event::Report => "REPORT",
        Event::Other => return,
    };
    event.insert("@type".into(), Value::Text(kind.into()));
    #[expect(clippy::cast_precision_loss, reason = "no machine has that much memory")]
    let bytes = |megabytes: u64| Value::Number(megabytes as f64 * 1e6);
    let text = |text: &String| Value::Text(text.clone());
    let fields = [
        ("@requestId", said.request.as_ref().map(text)),
        ("@duration", said.duration.map(Value::Number)),
        ("@billedDuration", said.billed_duration.map(Value::Number)),
        ("@initDuration", said.init_duration.map(Value::Number)),
        ("@memorySize", said.memory_size.map(bytes)),
        ("@maxMemoryUsed", said.max_memory_used.map(bytes)),
        ("@xrayTraceId", said.trace.as_ref().map(text)),
        ("@xraySegmentId", said.segment.as_ref().map(text)),
    ];
    let known = fields
        .into_iter()
        .filter_map(|(field, value)| Some((field.to_owned(), value?)));
    event.extend(known);
}

/// Returns the time in the document.
fn time(document: &Object) -> Option<i64> {
    if let Some(time) = emf::timestamp(document) {
        return Some(time);
    }
    let text = document.text("timestamp").or_else(|| document.text("time"))?;
    let time: jiff::Timestamp = text.parse().ok()?;
    Some(time.as_millisecond())
}

/// Flattens nested fields to `a.b`, and arrays to `a.0`.
fn flatten(name: &str, json: &Json, event: &mut Row) {
    let value = match json {
        Json::Null => return,
        Json::Bool(value) => Value::from(*value),
        Json::Number(number) => Value::Number(number.as_f64().unwrap_or(f64::NAN)),
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(&format!("{name}.{index}"), item, event);
            }
            return;
        }
        Json::Object(members) => {
            for (key, member) in members {
                flatten(&format!("{name}.{key}"), member, event);
            }
            return;
        }
    };
    event.insert(name.to_owned(), value);
}
