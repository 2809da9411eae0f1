//! [`Platform`]: Lambda's own lines in a function's log, as text and as JSON.

use crate::object::Object;

/// One of Lambda's own lines.
///
/// For the fields of the text, see [Lambda's REPORT line]; for those of the JSON, the [schema of its telemetry].
///
/// [Lambda's REPORT line]: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-view.html
/// [schema of its telemetry]: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Platform {
    /// The kind of line.
    pub event: Event,
    /// The id of the request, if the line is about an invocation. Other lines have none of the fields below.
    pub request: Option<String>,
    /// How long the invocation took, in milliseconds.
    pub duration: Option<f64>,
    /// How long it was charged for, in milliseconds.
    pub billed_duration: Option<f64>,
    /// How long the environment's start took, in milliseconds.
    pub init_duration: Option<f64>,
    /// The configured memory, in MB.
    pub memory_size: Option<u64>,
    /// The maximum memory used, in MB.
    pub max_memory_used: Option<u64>,
    /// The trace's id.
    pub trace: Option<String>,
    /// The id of the function's segment, which is the parent of the handler's subsegment.
    pub segment: Option<String>,
    /// Whether the invocation failed.
    pub failed: bool,
}

/// The kind of one of Lambda's own lines.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Event {
    /// An invocation begins.
    Start,
    /// An invocation ended.
    End,
    /// The report on an invocation.
    Report,
    /// Anything else.
    #[default]
    Other,
}

impl Platform {
    /// Parses a line that is not JSON.
    pub(crate) fn of_text(line: &str) -> Option<Self> {
        const OTHER: [&str; 4] = ["INIT_START ", "INIT_REPORT ", "EXTENSION\t", "TELEMETRY\t"];
        if OTHER.iter().any(|start| line.starts_with(start)) {
            return Some(Self::default());
        }
        let (event, rest) = line.split_once(" RequestId: ")?;
        let event = match event {
            "START" => Event::Start,
            "END" => Event::End,
            "REPORT" => Event::Report,
            _ => return None,
        };
        let mut parts = rest.split('\t').map(str::trim);
        let request = parts.next()?.split(' ').next()?.to_owned();
        let mut platform = Self {
            event,
            request: Some(request),
            ..Self::default()
        };
        for (key, value) in parts.filter_map(|part| part.split_once(": ")) {
            match key {
                "Duration" => platform.duration = milliseconds(value),
                "Billed Duration" => platform.billed_duration = milliseconds(value),
                "Init Duration" => platform.init_duration = milliseconds(value),
                "Memory Size" => platform.memory_size = megabytes(value),
                "Max Memory Used" => platform.max_memory_used = megabytes(value),
                "XRAY TraceId" => platform.trace = Some(value.to_owned()),
                "SegmentId" => platform.segment = Some(value.to_owned()),
                "Status" => platform.failed = value != "success",
                _ => {}
            }
        }
        Some(platform)
    }

    /// Parses a line that is JSON.
    pub(crate) fn of_json(object: &Object) -> Option<Self> {
        let event = match object.text("type")?.strip_prefix("platform.")? {
            "start" => Event::Start,
            "end" => Event::End,
            "report" => Event::Report,
            _ => Event::Other,
        };
        let record = &object["record"];
        let Some(request) = record["requestId"].as_str() else {
            return Some(Self::default());
        };
        let (metrics, tracing) = (&record["metrics"], &record["tracing"]);
        let header = tracing["value"].as_str().unwrap_or_default();
        let root = header.split(';').find_map(|part| part.strip_prefix("Root="));
        let is_report = event == Event::Report;
        Some(Self {
            event,
            request: Some(request.to_owned()),
            // Other events also have durations, but not the invocation's.
            duration: metrics["durationMs"].as_f64().filter(|_| is_report),
            billed_duration: metrics["billedDurationMs"].as_f64(),
            init_duration: metrics["initDurationMs"].as_f64(),
            memory_size: metrics["memorySizeMB"].as_u64(),
            max_memory_used: metrics["maxMemoryUsedMB"].as_u64(),
            trace: root.map(str::to_owned),
            segment: tracing["spanId"].as_str().map(str::to_owned),
            failed: is_report && record["status"].as_str().is_some_and(|status| status != "success"),
        })
    }
}

fn milliseconds(text: &str) -> Option<f64> {
    text.strip_suffix(" ms")?.parse().ok()
}

fn megabytes(text: &str) -> Option<u64> {
    text.strip_suffix(" MB")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_the_same_as_text_and_as_json() {
        let text = "REPORT RequestId: r1\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t\
                    Max Memory Used: 52 MB\tInit Duration: 98.1 ms\tXRAY TraceId: 1-2-3\tSegmentId: abc\tSampled: true\t\
                    Status: timeout";
        let json = r#"{"time":"2026-01-15T10:30:00Z","type":"platform.report","record":{"requestId":"r1","status":"timeout",
            "metrics":{"durationMs":12.34,"billedDurationMs":13,"memorySizeMB":128,"maxMemoryUsedMB":52,"initDurationMs":98.1},
            "tracing":{"spanId":"abc","type":"X-Amzn-Trace-Id","value":"Root=1-2-3;Parent=def;Sampled=1"}}}"#;
        let text = Platform::of_text(text).unwrap();
        assert_eq!(Some(&text), Platform::of_json(&Object::read(json).unwrap()).as_ref());
        assert_eq!((text.duration, text.init_duration), (Some(12.34), Some(98.1)));
        assert_eq!((text.memory_size, text.max_memory_used), (Some(128), Some(52)));
        assert!(text.failed);
    }
}
