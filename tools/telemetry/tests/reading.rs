//! Tests that a run is read completely from a folder and from a capture, and that any line and any document can be read.
#![allow(clippy::unwrap_used)] // helpers of tests, like tests

use powertools_telemetry::{Capture, DATAGRAM_HEADER, Datagrams, Telemetry, emf};
use proptest::prelude::*;

fn capture() -> Capture {
    let lines = [
        "START RequestId: 1 Version: $LATEST",
        r#"{"level":"INFO","message":"hello"}"#,
        r#"{"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"n","Dimensions":[["service"],[]],"Metrics":[{"Name":"a","Unit":"Count"}]}]},"service":"s","a":[1,2]}"#,
        "free text",
        "",
        "REPORT RequestId: 1",
    ];
    let document = r#"{"trace_id":"t","id":"1","start_time":1.0}"#;
    Capture {
        logs: [("f".to_owned(), lines.map(str::to_owned).to_vec())].into(),
        datagrams: [document, r#"{"id":"2"}"#, "{"]
            .map(|document| format!("{DATAGRAM_HEADER}{document}"))
            .to_vec(),
        otlp: vec![SPAN.to_owned()],
    }
}

const SPAN: &str = r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"5759e988bd862e3fe1be46a994272793","spanId":"53995c3f42cd8ad8","name":"charge","kind":1,"startTimeUnixNano":"1","endTimeUnixNano":"2"}]}]}]}"#;

#[test]
fn everything_is_counted_as_what_it_is() {
    let mut capture = capture();
    capture.datagrams.push("no header".to_owned());
    let telemetry = capture.read();
    assert_eq!((telemetry.records().count(), telemetry.emf().count()), (1, 1));
    assert_eq!((telemetry.segments.len(), telemetry.reports()), (2, 1));
    assert_eq!(telemetry.segments[1].name(), "## charge");
    let unread = [
        r#"{"id":"2"}"#.to_owned(),
        format!("{DATAGRAM_HEADER}{{"),
        "no header".to_owned(),
    ];
    assert_eq!(telemetry.unread, unread);
    let unknown: Vec<_> = telemetry.unknown().collect();
    assert_eq!(unknown, ["free text", &unread[0], &unread[1], &unread[2]]);
    let metrics: Vec<_> = telemetry.metrics().collect();
    assert_eq!(metrics.len(), 2, "one for each dimension set");
    assert_eq!(metrics[0].identity.dimensions, [("service".to_owned(), "s".to_owned())]);
    assert_eq!(metrics[1].values, [1.0, 2.0]);
}

#[test]
fn a_folder_is_read_as_it_was_saved() {
    let folder = std::env::temp_dir().join(format!("powertools-telemetry-{}", std::process::id()));
    let capture = capture();
    // The previous content has been replaced.
    let before = Capture {
        logs: [("old".to_owned(), vec!["line".to_owned()])].into(),
        ..Capture::default()
    };
    before.save(&folder).unwrap();
    capture.save(&folder).unwrap();
    let (saved, mut expected) = (Telemetry::read(&folder).unwrap(), capture.read());
    for traces in ["otlp.jsonl", "xray.jsonl"] {
        std::fs::remove_file(folder.join(traces)).unwrap();
    }
    let without_traces = Telemetry::read(&folder).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(without_traces.logs, expected.logs);
    assert_eq!((without_traces.segments.len(), without_traces.unread.len()), (0, 0));
    // The header is not saved.
    expected.unread[1] = "{".to_owned();
    assert_eq!(saved, expected);
    assert!(Telemetry::read(&folder).is_err(), "a missing folder");
}

#[test]
fn what_is_sent_to_the_daemon_is_received() {
    let daemon = Datagrams::listen().unwrap();
    let socket = std::net::UdpSocket::bind(("127.0.0.1", 0)).unwrap();
    for text in ["one", "two"] {
        socket.send_to(text.as_bytes(), daemon.address()).unwrap();
    }
    for _ in 0..500 {
        if daemon.received().len() < 2 {
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
    }
    assert_eq!(daemon.received(), ["one", "two"]);
}

/// Generates JSON with the keys that are read, with any values.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        (-1e300..1e300_f64).prop_map(|value| format!("{value:e}")),
        prop::sample::select(vec!["\"INFO\"", "\"platform.report\"", "\"Root=1-2;Parent=3\"", "\"\""])
            .prop_map(str::to_owned),
        ".{0,8}".prop_map(|text| serde_json::Value::from(text).to_string()),
    ];
    let keys = vec![
        "level",
        "_aws",
        "Timestamp",
        "CloudWatchMetrics",
        "Dimensions",
        "Metrics",
        "Namespace",
        "Name",
        "type",
        "record",
        "requestId",
        "metrics",
        "durationMs",
        "tracing",
        "value",
        "status",
        "trace_id",
        "id",
        "parent_id",
        "start_time",
        "end_time",
        "in_progress",
        "links",
        "subsegments",
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        let member = (prop::sample::select(keys.clone()), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            prop::collection::vec(member, 0..8).prop_map(|members| {
                let members: Vec<_> = members
                    .iter()
                    .map(|(key, value)| format!("\"{key}\":{value}"))
                    .collect();
                format!("{{{}}}", members.join(","))
            }),
        ]
    })
}

/// Generates Lambda's own text lines, with any values.
fn platform() -> impl Strategy<Value = String> {
    let event = prop::sample::select(vec!["START", "END", "REPORT", "INIT_START"]);
    let key = prop::sample::select(vec!["Duration", "Max Memory Used", "XRAY TraceId", "Status"]);
    let unit = prop::sample::select(vec!["", " ms", " MB"]);
    let part = (key, "[-0-9.e]{0,6}|.{0,4}", unit).prop_map(|(key, value, unit)| format!("\t{key}: {value}{unit}"));
    (event, ".{0,4}", prop::collection::vec(part, 0..4))
        .prop_map(|(event, id, parts)| format!("{event} RequestId: {id}{}", parts.concat()))
}

proptest! {
    #[test]
    fn any_line_is_read_and_none_is_lost(lines in prop::collection::vec(prop_oneof![json(), platform(), ".*"], 0..8)) {
        let mut telemetry = Telemetry::default();
        let text = lines.join("\n");
        telemetry.add_log("f", &text);
        let read: Vec<_> = telemetry.logs["f"].iter().map(|line| line.text.trim_end_matches('\r')).collect();
        let written: Vec<_> = text.lines().map(|line| line.trim_end_matches('\r')).collect();
        prop_assert_eq!(read, written);
        let values: usize = telemetry.emf().map(|document| emf::metrics(document).len()).sum();
        prop_assert_eq!(telemetry.metrics().count(), values);
    }

    #[test]
    fn any_document_is_read_or_kept(documents in prop::collection::vec(prop_oneof![json(), ".*"], 0..8)) {
        let mut telemetry = Telemetry::default();
        telemetry.add_documents(&documents.join("\n"));
        let lines = documents.join("\n");
        let lines = lines.lines().filter(|line| !line.trim().is_empty()).count();
        prop_assert!(telemetry.segments.len() + telemetry.unread.len() >= lines);
        let forest = powertools_telemetry::Forest::of(&telemetry.segments);
        let ids: std::collections::BTreeSet<_> = telemetry.segments.iter().map(|one| (one.trace_id(), one.id())).collect();
        prop_assert_eq!(forest.nodes().len(), ids.len());
    }
}
