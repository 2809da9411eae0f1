//! Tests of the traces in a terminal.

#![allow(clippy::needless_pass_by_value)] // helpers of tests, like tests

use powertools_telemetry::Telemetry;
use report::{Model, text};
use serde_json::{Value, json};

/// Returns a document with its start and its duration, in milliseconds.
fn document(place: (&str, &str, &str), name: &str, (at, milliseconds): (i32, i32), more: Value) -> Value {
    let (trace, id, parent) = place;
    let seconds = |milliseconds: i32| 1_768_473_000.0 + f64::from(milliseconds) / 1e3;
    let mut document = json!({"name": name, "id": id, "trace_id": trace, "parent_id": parent, "type": "subsegment",
        "start_time": seconds(at), "end_time": seconds(at + milliseconds)});
    document
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    document
}

fn handler(place: (&str, &str, &str), service: &str, time: (i32, i32), links: Value) -> Value {
    let more = json!({"annotations": {"ColdStart": false, "Service": service}, "links": links});
    document(place, "## handler", time, more)
}

/// Returns the drawn trees of traces.
fn drawn(documents: &[Value]) -> String {
    console::set_colors_enabled(false);
    let mut telemetry = Telemetry::default();
    for document in documents {
        telemetry.add_documents(&document.to_string());
    }
    let report = text::report(&Model::of(telemetry));
    let (_, traces) = report.split_once("\nTraces\n").unwrap();
    traces.to_owned()
}

#[test]
fn a_tree_continues_where_a_message_was_received_and_a_batch_is_drawn_once() {
    let sqs = |id| {
        json!({"namespace": "aws", "aws": {"operation": "SendMessage", "queue_url": format!("https://sqs/1/{id}")},
        "http": {"response": {"status": 200}}})
    };
    let links = json!([{"trace_id": "t1", "id": "b"}, {"trace_id": "t1", "id": "c"}, {"trace_id": "t9", "id": "x"}]);
    let http = json!({"namespace": "remote", "http": {"request": {"method": "GET", "url": "https://prices.example/v1/tea?q=1"},
        "response": {"status": 503}}, "fault": true});
    let failure = json!({"fault": true, "cause": {"exceptions": [{"type": "Refused", "message": "no\u{1b}[2J"}]}});
    let text = drawn(&[
        handler(("t1", "a", "z"), "sender", (0, 100), json!([])),
        document(("t1", "b", "a"), "SQS", (10, 20), sqs("jobs")),
        document(("t1", "c", "a"), "SQS", (40, 20), sqs("jobs")),
        document(("t1", "f", "a"), "prices.example", (70, 20), http),
        handler(("t2", "d", "y"), "worker", (500, 300), links),
        document(("t2", "e", "d"), "## record", (510, 5), failure),
    ]);
    let expected = "Trace t1
sender handler  100 ms at +0.0 ms  ColdStart=false  Service=sender
├─ SQS SendMessage jobs 200  20 ms at +10 ms
│  └─ worker handler  300 ms at +500 ms  ColdStart=false  Service=worker
│     └─ ## record  5.0 ms at +510 ms  fault
│            Refused no\u{fffd}[2J
├─ SQS SendMessage jobs 200  20 ms at +40 ms
│  └─ worker handler  as above
└─ prices.example GET /v1/tea 503  20 ms at +70 ms  fault
";
    assert_eq!(text.trim_end(), expected.trim_end());
}

#[test]
fn traces_that_lead_to_each_other_and_long_chains_end() {
    let link = |trace: &str| json!([{"trace_id": trace, "id": "a"}]);
    let circle = [
        handler(("t0", "a", "z"), "first", (0, 1), json!([])),
        handler(
            ("t1", "a", "z"),
            "one",
            (1, 1),
            json!([{"trace_id": "t0", "id": "a"}, {"trace_id": "t2", "id": "a"}]),
        ),
        handler(("t2", "a", "z"), "two", (2, 1), link("t1")),
    ];
    assert_eq!(
        drawn(&circle).matches("handler").count(),
        4,
        "each once, and the first of the circle as above"
    );
    let chain = |at: i32| {
        let cause = format!("t{}", at - 1);
        let links = if at == 0 { json!([]) } else { link(&cause) };
        handler((&format!("t{at}"), "a", "z"), "step", (at, 1), links)
    };
    let text = drawn(&(0..3_000).map(chain).collect::<Vec<_>>());
    assert_eq!(text.lines().filter(|line| line.contains("step handler")).count(), 65);
    assert!(text.contains("└─ …"), "{text}");
}

#[test]
fn failures_come_first_then_the_slowest() {
    let trace = |number: i32, failed: bool| {
        let id = format!("t{number}");
        let mut handler = handler((&id, "a", "z"), "f", (number * 100, 10 + number), json!([]));
        if failed {
            handler["fault"] = true.into();
        }
        handler
    };
    console::set_colors_enabled(false);
    let mut telemetry = Telemetry::default();
    for number in 0..9 {
        telemetry.add_documents(&trace(number, number == 2).to_string());
    }
    let report = text::report(&Model::of(telemetry));
    let (_, traces) = report
        .split_once("5 of 9 traces: failures, then the slowest\n")
        .unwrap();
    let drawn: Vec<_> = traces.lines().filter_map(|line| line.strip_prefix("Trace ")).collect();
    assert_eq!(drawn, ["t2", "t5", "t6", "t7", "t8"]);
}
