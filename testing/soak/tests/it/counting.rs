//! Tests that a count finds what is wrong in captured bytes, and nothing else.

use std::path::PathBuf;

use soak::count::{Capture, Findings, Kind, append_datagram, count};
use soak::event::{Act, Plan, parent_id, request_id, trace_id};
use soak::ledger::{Conditions, Due, Entry, Group, Ledger, Terms, write};

/// The bytes of a round, to be changed by a test.
#[derive(Clone)]
struct Bytes {
    lines: Vec<String>,
    datagrams: Vec<String>,
    answers: Vec<String>,
    dropped: u64,
}

/// Returns what two invocations write: 7, which is plain, and 8, which has the effect of key 1.
fn right() -> Bytes {
    let mut bytes = Bytes {
        lines: vec![cold_start()],
        datagrams: Vec::new(),
        answers: Vec::new(),
        dropped: 0,
    };
    for number in [7, 8] {
        bytes.lines.push(record(number, "\"begin\""));
        bytes.lines.push(record(number, "1"));
        bytes.lines.push(metrics(number, &[number * 1_000]));
        let id = request_id(number);
        bytes
            .lines
            .push(format!(r#"{{"hook":"finish","function_request_id":"{id}"}}"#));
        bytes.datagrams.push(datagram(number));
    }
    bytes.lines.push(record(8, "\"effect\",\"key\":1"));
    bytes
        .answers
        .push(answer(7, r#"{"claimed":7,"parameter":"EUR","flag":true}"#));
    let replayed = r#"{"claimed":8,"parameter":"EUR","flag":false,"result":{"effect":8}}"#;
    bytes.answers.push(answer(8, replayed));
    bytes
}

fn cold_start() -> String {
    let directive =
        r#"[{"Namespace":"Soak","Dimensions":[["service"]],"Metrics":[{"Name":"ColdStart","Unit":"Count"}]}]"#;
    format!(r#"{{"_aws":{{"Timestamp":1,"CloudWatchMetrics":{directive}}},"service":"soak","ColdStart":1}}"#)
}

fn record(number: u64, item: &str) -> String {
    let (id, trace) = (request_id(number), trace_id(number));
    format!(
        r#"{{"level":"INFO","timestamp":"2026-01-15T10:30:00.125Z","message":"m","service":"soak","function_request_id":"{id}","xray_trace_id":"{trace}","number":{number},"claimed":{number},"item":{item}}}"#
    )
}

fn metrics(number: u64, values: &[u64]) -> String {
    let directive = r#"[{"Namespace":"Soak","Dimensions":[["service"]],"Metrics":[{"Name":"Value","Unit":"Count"}]}]"#;
    format!(
        r#"{{"_aws":{{"Timestamp":1,"CloudWatchMetrics":{directive}}},"service":"soak","Value":{values:?},"number":{number}}}"#
    )
}

fn datagram(number: u64) -> String {
    let (trace, parent) = (trace_id(number), parent_id(number));
    let step = format!(
        r###"{{"id":"00000000000000aa","name":"## step","start_time":1.0,"end_time":2.0,"annotations":{{"claimed":{number},"item":1}}}}"###
    );
    format!(
        "{{\"format\": \"json\", \"version\": 1}}\n{{\"trace_id\":\"{trace}\",\"parent_id\":\"{parent}\",\"type\":\"subsegment\",\
         \"id\":\"00000000000000ab\",\"name\":\"## handler\",\"start_time\":1.0,\"end_time\":2.0,\
         \"annotations\":{{\"number\":{number}}},\"subsegments\":[{step}]}}"
    )
}

fn answer(number: u64, body: &str) -> String {
    let (id, body) = (request_id(number), body.replace('"', "\\\""));
    format!(r#"{{"id":"{id}","is_response":true,"body":"{body}"}}"#)
}

fn counted_with(name: &str, bytes: &Bytes, terms: Terms) -> Findings {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("counting").join(name);
    let capture = Capture::create(&folder).unwrap();
    let text = |lines: &[String]| lines.iter().flat_map(|line| [line, "\n"]).collect::<String>();
    std::fs::write(folder.join("stdout"), text(&bytes.lines)).unwrap();
    std::fs::write(folder.join("answers"), text(&bytes.answers)).unwrap();
    std::fs::write(folder.join("dropped"), bytes.dropped.to_string()).unwrap();
    let mut file = capture.file("datagrams").unwrap();
    for datagram in &bytes.datagrams {
        append_datagram(&mut file, datagram.as_bytes()).unwrap();
    }
    let mut second = Plan::plain(8);
    (second.act, second.key) = (Act::Idempotent, 1);
    let entries = [Plan::plain(7), second].map(|plan| Entry::of(&plan, &[8], Conditions::default()));
    let groups = vec![Group {
        key: 1,
        members: vec![8],
        is_certain: true,
    }];
    let ledger = folder.join("ledger");
    write(&ledger, terms, entries, groups).unwrap();
    count(&capture, &Ledger::read(&ledger).unwrap()).unwrap()
}

fn counted(name: &str, change: impl FnOnce(&mut Bytes)) -> [u64; 4] {
    let mut bytes = right();
    change(&mut bytes);
    let findings = counted_with(name, &bytes, Terms::everything("test"));
    [Kind::Lost, Kind::Mixed, Kind::Doubled, Kind::Invalid].map(|kind| findings.of(kind))
}

#[test]
fn what_is_right_has_no_findings() {
    let findings = counted_with("right", &right(), Terms::everything("test"));
    assert!(findings.is_clean(), "{:?}", findings.examples);
    // Of each: three lines, one value, two spans, one answer; and an effect and a cold start.
    assert_eq!(
        (findings.invocations, findings.owed, findings.excused),
        (2, 2 * 7 + 2, 0)
    );
}

#[test]
fn each_loss_is_found() {
    for line in 0..right().lines.len() {
        let found = counted(&format!("loss of line {line}"), |bytes| drop(bytes.lines.remove(line)));
        assert_eq!(found, [1, 0, 0, 0], "line {line}");
    }
    assert_eq!(
        counted("loss of spans", |bytes| bytes.datagrams.truncate(1)),
        [2, 0, 0, 0]
    );
    assert_eq!(
        counted("loss of an answer", |bytes| bytes.answers.truncate(1)),
        [1, 0, 0, 0]
    );
}

#[test]
fn each_double_is_found() {
    for line in 0..right().lines.len() {
        let double = |bytes: &mut Bytes| bytes.lines.push(bytes.lines[line].clone());
        assert_eq!(
            counted(&format!("double of line {line}"), double),
            [0, 0, 1, 0],
            "line {line}"
        );
    }
    let double = |bytes: &mut Bytes| bytes.datagrams.push(bytes.datagrams[0].clone());
    assert_eq!(counted("double of spans", double), [0, 0, 2, 0]);
    let double = |bytes: &mut Bytes| bytes.answers.push(bytes.answers[0].clone());
    assert_eq!(counted("double of an answer", double), [0, 0, 1, 0]);
}

#[test]
fn each_mix_is_found() {
    let id = |bytes: &mut Bytes| bytes.lines[1] = bytes.lines[1].replace(&request_id(7), &request_id(8));
    assert_eq!(counted("mix of a record's id", id), [1, 1, 0, 0]);
    let trace = |bytes: &mut Bytes| bytes.lines[1] = bytes.lines[1].replace(&trace_id(7), &trace_id(8));
    assert_eq!(counted("mix of a record's trace", trace), [1, 1, 0, 0]);
    let key = |bytes: &mut Bytes| bytes.lines[1] = bytes.lines[1].replace("\"number\":7", "\"number\":8");
    assert_eq!(counted("mix of a record's key", key), [1, 1, 0, 0]);
    let value = |bytes: &mut Bytes| bytes.lines[3] = metrics(7, &[8_000]);
    assert_eq!(counted("mix of a value", value), [1, 1, 0, 0]);
    let annotation = |bytes: &mut Bytes| bytes.datagrams[0] = bytes.datagrams[0].replace("claimed\":7", "claimed\":8");
    assert_eq!(counted("mix of an annotation", annotation), [2, 1, 0, 0]);
    let body = |bytes: &mut Bytes| bytes.answers[0] = answer(7, r#"{"claimed":8,"parameter":"EUR","flag":true}"#);
    assert_eq!(counted("mix of an answer", body), [0, 1, 0, 0]);
    let effect = |bytes: &mut Bytes| bytes.lines[9] = record(7, "\"effect\",\"key\":1");
    assert_eq!(counted("mix of an effect", effect), [0, 1, 0, 0]);
}

#[test]
fn what_is_invalid_or_nobody_owes_is_found() {
    let cut = |bytes: &mut Bytes| bytes.lines[1].truncate(40);
    assert_eq!(counted("a line that is cut", cut), [1, 0, 0, 1]);
    let repeated = |bytes: &mut Bytes| bytes.lines[1] = bytes.lines[1].replacen('{', r#"{"message":"again","#, 1);
    assert_eq!(counted("a repeated key", repeated), [1, 0, 0, 1]);
    let stray = |bytes: &mut Bytes| bytes.lines.push(record(7, "\"stray\""));
    assert_eq!(counted("a record that nobody owes", stray), [0, 0, 0, 1]);
    let unknown = |bytes: &mut Bytes| bytes.lines.push(record(9, "\"begin\""));
    assert_eq!(counted("an unknown invocation", unknown), [0, 0, 0, 1]);
    let without_end =
        |bytes: &mut Bytes| bytes.datagrams[0] = bytes.datagrams[0].replace("\"end_time\":2.0", "\"x\":1");
    assert_eq!(counted("a span without its end", without_end), [2, 0, 0, 1]);
    let backwards =
        |bytes: &mut Bytes| bytes.datagrams[0] = bytes.datagrams[0].replace("end_time\":2.0", "end_time\":0.5");
    assert_eq!(counted("a span that ends before it starts", backwards), [2, 0, 0, 1]);
    let other = |bytes: &mut Bytes| bytes.answers[0] = answer(7, r#"{"claimed":7,"parameter":"USD","flag":true}"#);
    assert_eq!(counted("another answer", other), [0, 0, 0, 1]);
}

#[test]
fn spans_are_excused_up_to_the_datagrams_that_the_system_dropped() {
    let mut bytes = right();
    bytes.datagrams.clear();
    bytes.dropped = 2;
    let findings = counted_with("dropped", &bytes, Terms::everything("test"));
    assert!(findings.is_clean(), "{:?}", findings.examples);
    assert_eq!(findings.excused, 4);
    bytes.dropped = 1;
    let findings = counted_with("dropped less", &bytes, Terms::everything("test"));
    assert_eq!((findings.of(Kind::Lost), findings.excused), (4, 0));
}

#[test]
fn a_closed_output_owes_spans_and_answers_only() {
    let mut bytes = right();
    bytes.lines.clear();
    let mut terms = Terms::everything("test");
    terms.output = Due::Nothing;
    let findings = counted_with("closed", &bytes, terms.clone());
    assert!(findings.is_clean(), "{:?}", findings.examples);
    assert_eq!(findings.owed, 2 * 3);
    bytes.datagrams.pop();
    assert_eq!(counted_with("closed, and a loss", &bytes, terms).of(Kind::Lost), 2);
}

#[test]
fn only_as_many_invocations_as_run_at_once_may_be_incomplete_at_the_end() {
    let mut bytes = right();
    // Both have an answer, but not the line of their hook.
    bytes.lines.retain(|line| !line.contains("hook"));
    let cut = |open_at_end| Terms {
        is_cut: true,
        open_at_end,
        ..Terms::everything("test")
    };
    assert!(counted_with("two open", &bytes, cut(2)).is_clean());
    assert_eq!(counted_with("one open", &bytes, cut(1)).of(Kind::Lost), 2);
    bytes.answers.clear();
    let findings = counted_with("without answers", &bytes, cut(0));
    assert!(findings.is_clean(), "{:?}", findings.examples);
    assert_eq!(findings.excused, 4);
    let again = bytes.lines[1].clone();
    bytes.lines.push(again);
    assert_eq!(
        counted_with("without answers, and a double", &bytes, cut(0)).of(Kind::Doubled),
        1
    );
}
