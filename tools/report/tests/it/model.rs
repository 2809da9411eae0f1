//! Tests that the page contains everything that functions wrote, unchanged, and nothing else.

#![allow(clippy::needless_pass_by_value)] // helpers of tests, like tests

use powertools_telemetry::Telemetry;
use proptest::prelude::*;
use report::{Model, page};
use serde_json::{Value, json};

use crate::sample::{BEGIN, Sample, shop};

/// Returns the model after a round trip through the page.
fn through_the_page(sample: &Sample) -> Model {
    let model = Model::of(sample.telemetry());
    let page = page::write(&model).unwrap();
    let read = page::read(&page).unwrap();
    assert_eq!(read, model);
    read
}

fn sorted<T: ToString>(values: impl IntoIterator<Item = T>) -> Vec<String> {
    let mut values: Vec<_> = values.into_iter().map(|value| value.to_string()).collect();
    values.sort();
    values
}

/// Returns the JSON with sorted keys, so that equal objects are equal texts.
fn canonical(value: &Value) -> Value {
    let mut value = value.clone();
    value.sort_all_objects();
    value
}

fn check(sample: &Sample) {
    let model = through_the_page(sample);
    // Each span, whole, with its function.
    let read = model.traces.iter().flat_map(|trace| {
        let spans = model.spans_of(trace).iter().enumerate();
        spans.map(|(at, span)| {
            format!(
                "{} {}",
                model.functions[span.function].name,
                canonical(&model.document(trace, at))
            )
        })
    });
    let written = sample
        .spans
        .iter()
        .map(|span| format!("{} {}", span.function, canonical(&span.document)));
    assert_eq!(sorted(read), sorted(written));

    // Each record, whole, with its function and its trace.
    let read = model.records.iter().map(|record| {
        let whole = canonical(&model.record(record).unwrap());
        assert_eq!(
            record.trace.map(|trace| json!(model.traces[trace].id)),
            whole.get("xray_trace_id").cloned()
        );
        format!("{} {whole}", model.functions[record.function].name)
    });
    let written = sample
        .records
        .iter()
        .map(|(function, record)| format!("{function} {}", canonical(record)));
    assert_eq!(sorted(read), sorted(written));

    // Each value of each metric, with its dimensions.
    let read = model.metrics.iter().flat_map(|series| {
        let points = series.points.iter();
        points.map(|point| {
            let at = (model.begin + point.at) / 1_000;
            format!(
                "{} {} {:?} {at} {}",
                series.namespace, series.name, series.dimensions, point.value
            )
        })
    });
    let written = sample
        .metrics
        .iter()
        .map(|(namespace, name, dimensions, at, value)| format!("{namespace} {name} {dimensions:?} {at} {value}"));
    assert_eq!(sorted(read), sorted(written));

    // Each edge, with the number of calls and of failures.
    let read = model.edges.iter().map(|edge| {
        let (from, to) = (model.nodes[edge.from].label(), model.nodes[edge.to].label());
        format!(
            "{from} > {to} {} {} {}",
            edge.handed_over, edge.times.count, edge.failed
        )
    });
    let written = sample
        .edges
        .iter()
        .map(|((from, to, handed_over), (count, failed))| format!("{from} > {to} {handed_over} {count} {failed}"));
    assert_eq!(sorted(read), sorted(written));

    // Each invocation, failure and cold start of each function.
    let read = model.functions.iter().map(|function| {
        format!(
            "{} {} {} {}",
            function.name, function.invocations, function.failed, function.cold
        )
    });
    let written = sample
        .invocations
        .iter()
        .map(|(name, (all, failed, cold))| format!("{name} {all} {failed} {cold}"));
    assert_eq!(sorted(read), sorted(written));

    // Each error: the records of that level, and the spans that failed, each in one group.
    let mut records: Vec<_> = model.errors.iter().flat_map(|group| group.records.clone()).collect();
    records.sort_unstable();
    let expected: Vec<_> = (0..model.records.len())
        .filter(|at| model.records[*at].level == 5)
        .collect();
    assert_eq!(records, expected);
    let errors = sample
        .records
        .iter()
        .filter(|(_, record)| record["level"] == "ERROR")
        .count();
    assert_eq!(records.len(), errors);
    let mut spans: Vec<_> = model.errors.iter().flat_map(|group| group.spans.clone()).collect();
    spans.sort_unstable();
    let expected: Vec<_> = (0..model.spans.len())
        .filter(|at| model.spans[*at].mark.failed())
        .collect();
    assert_eq!(spans, expected);
    assert_eq!(model.unread, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_page_has_everything_and_nothing_else(requests in 0..120_usize, seed: u64) {
        check(&shop(requests, seed));
    }

    #[test]
    fn nothing_that_functions_may_write_breaks_the_page(lines in prop::collection::vec(".*", 0..20), documents in prop::collection::vec(".*", 0..5)) {
        let mut telemetry = Telemetry::default();
        telemetry.add_log("f", &lines.join("\n"));
        telemetry.add_documents(&documents.join("\n"));
        let model = Model::of(telemetry);
        let page = page::write(&model).unwrap();
        prop_assert_eq!(page::read(&page).unwrap(), model);
        prop_assert_eq!(page.matches("</script>").count(), 3);
    }
}

#[test]
fn a_folder_is_read_as_it_was_saved() {
    let folder = std::env::temp_dir().join(format!("report-folder-{}", std::process::id()));
    let sample = shop(60, 3);
    sample.save(&folder);
    let model = Model::of(Telemetry::read(&folder).unwrap());
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(model, Model::of(sample.telemetry()));
    assert!(Telemetry::read(&folder).is_err(), "a missing folder is an error");
}

#[test]
fn the_four_questions_are_answered() {
    let model = Model::of(shop(400, 7).telemetry());
    let headlines: Vec<_> = model.answers.iter().map(|answer| answer.headline.as_str()).collect();
    let (failed, invocations) = model.functions.iter().fold((0, 0), |(failed, all), function| {
        (failed + function.failed, all + function.invocations)
    });
    assert_eq!(headlines[0], format!("{failed} of {invocations} invocations failed"));
    assert_eq!(headlines[1], "5 functions call 3 backends");
    assert_eq!(headlines[2], "add-to-cart waits for products.shop.example GET");
    assert!(headlines[3].ends_with("records failed"), "{headlines:?}");
    let text = report::text::report(&model);
    for answer in &model.answers {
        assert!(
            text.contains(&answer.headline) && text.contains(&answer.detail),
            "{answer:?}"
        );
    }
}

#[test]
fn a_message_that_waited_says_how_long() {
    let span = |trace: &str, id: &str, name: &str, start: i64, more: Value| {
        #[allow(clippy::cast_precision_loss)]
        let seconds = |at: i64| (BEGIN + at) as f64 / 1e6;
        let mut span = json!({"name": name, "id": id, "trace_id": trace, "parent_id": "0000000000000000",
            "start_time": seconds(start), "end_time": seconds(start + 1_000), "type": "subsegment"});
        span.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        span.to_string()
    };
    let handler = |service: &str| json!({"ColdStart": false, "Service": service});
    let sent = json!({"namespace": "aws", "aws": {"operation": "SendMessage", "queue_url": "https://sqs/1/jobs"}});
    let links = json!([{"trace_id": "t1", "id": "b"}]);
    let mut call: Value = serde_json::from_str(&span("t1", "b", "SQS", 100, sent)).unwrap();
    call["parent_id"] = "a".into();
    let mut telemetry = Telemetry::default();
    for document in [
        span("t1", "a", "## handler", 0, json!({"annotations": handler("sender")})),
        call.to_string(),
        span(
            "t2",
            "c",
            "## handler",
            501_100,
            json!({"annotations": handler("worker"), "links": links}),
        ),
        span(
            "t3",
            "d",
            "## handler",
            901_100,
            json!({"annotations": handler("worker"), "links": links}),
        ),
    ] {
        telemetry.add_documents(&document);
    }
    let model = Model::of(telemetry);
    let flow = &model.flows[0];
    assert_eq!((flow.sends, flow.unseen, flow.again), (1, 0, 1));
    let (worker, times) = flow.consumers[0];
    assert_eq!(model.functions[worker].name, "worker");
    assert_eq!((times.count, times.p50, times.max), (2, 500_000, 900_000));
    assert_eq!(model.traces[1].causes, [(0, 500_000)]);
}

/// A header that a function puts into its messages itself names the span around the call that sends them.
#[test]
fn a_header_put_in_by_hand_is_taken_for_the_one_send_around_which_it_was_made() {
    let span = |trace: &str, id: &str, parent: &str, name: &str, more: Value| {
        let mut span = json!({"name": name, "id": id, "trace_id": trace, "parent_id": parent, "start_time": 1.0,
            "end_time": 2.0, "type": "subsegment"});
        span.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        span.to_string()
    };
    let handler = |service: &str| json!({"annotations": {"ColdStart": false, "Service": service}});
    let sent = |failed: bool| {
        json!({"namespace": "aws", "fault": failed,
        "aws": {"operation": "SendMessage", "queue_url": "https://sqs/1/jobs"}})
    };
    let taken =
        json!({"annotations": {"ColdStart": false, "Service": "worker"}, "links": [{"trace_id": "t1", "id": "b"}]});
    let flow = |sends: &[(&str, bool)], record: bool| {
        let mut telemetry = Telemetry::default();
        telemetry.add_documents(&span("t1", "a", "z", "## handler", handler("sender")));
        telemetry.add_documents(&span("t1", "b", "a", "## send", json!({})));
        for (id, failed) in sends {
            telemetry.add_documents(&span("t1", id, "b", "SQS", sent(*failed)));
        }
        telemetry.add_documents(&span("t2", "d", "y", "## handler", taken.clone()));
        if record {
            telemetry.add_documents(&span("t2", "e", "d", "## record", json!({})));
        }
        let model = Model::of(telemetry);
        let by_queue = model
            .edges
            .iter()
            .any(|edge| edge.handed_over && model.nodes[edge.from].name == "SQS");
        (by_queue, model.flows[0].unseen, model.flows[0].consumers.len())
    };
    assert_eq!(flow(&[("c", false)], true), (true, 0, 1));
    assert_eq!(
        flow(&[("c", true), ("f", false)], true),
        (true, 0, 1),
        "the one that failed was not taken"
    );
    assert_eq!(flow(&[("c", false), ("f", false)], true), (false, 2, 0), "one of two");
    assert_eq!(
        flow(&[("c", false)], false),
        (false, 1, 0),
        "a request may also carry the header, not only a message"
    );
}

/// Returns a document of trace `trace` that took a second.
fn document(trace: &str, id: &str, parent: Option<&str>, name: &str, more: Value) -> String {
    let mut document = json!({"name": name, "id": id, "trace_id": trace, "start_time": 1.0, "end_time": 2.0});
    if let Some(parent) = parent {
        document["parent_id"] = parent.into();
        document["type"] = "subsegment".into();
    }
    document
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    document.to_string()
}

#[test]
fn a_record_that_comes_again_and_fails_again_is_one() {
    let handler = json!({"annotations": {"ColdStart": false, "Service": "worker"}});
    let mut telemetry = Telemetry::default();
    for (trace, records) in [
        ("t1", [("poison", true), ("good", false)]),
        ("t2", [("poison", false), ("late", true)]),
        ("t3", [("poison", true), ("late", false)]),
    ] {
        telemetry.add_documents(&document(trace, "h", Some("x"), "## handler", handler.clone()));
        for (id, failed) in records {
            let more = json!({"annotations": {"record_id": id}, "fault": failed});
            telemetry.add_documents(&document(trace, id, Some("h"), "## record", more));
        }
    }
    let model = Model::of(telemetry);
    let consumer = &model.consumers[0];
    assert_eq!((consumer.batches, consumer.unlinked, consumer.records), (3, 3, 6));
    assert_eq!(
        (consumer.failed_records, consumer.failing, consumer.again),
        (3, 2, 3),
        "one of them fails, succeeds, and fails"
    );
    let told = "2 records of worker failed, 3 times, 3 redelivered.";
    assert_eq!(model.answers[3].detail, told);
}

#[test]
fn what_a_record_tells_of_stands_apart_in_traces() {
    let links = json!({"annotations": {"ColdStart": false, "Service": "f"}, "fault": true, "links": [{"trace_id": "api", "id": "s"}]});
    let segment = |status: u16| {
        json!({"origin": "AWS::ApiGateway::Stage", "error": status < 500, "fault": status >= 500,
        "http": {"response": {"status": status}}})
    };
    let mut telemetry = Telemetry::default();
    telemetry.add_log(
        "f",
        r#"{"level":"ERROR","timestamp":"2026-01-15T10:30:00.125Z","message":"handler failed","xray_trace_id":"t1"}"#,
    );
    for document in [
        document("api", "s", None, "shop", segment(502)),
        document("t1", "h", Some("x"), "## handler", links),
        document("other", "s", None, "shop", segment(401)),
    ] {
        telemetry.add_documents(&document);
    }
    let model = Model::of(telemetry);
    let groups: Vec<_> = model
        .errors
        .iter()
        .map(|group| (group.name.as_str(), group.told))
        .collect();
    assert_eq!(
        groups,
        [("", false), ("HTTP 401", false), ("HTTP 502", true), ("fault", true)]
    );
    let edge = &model.edges[0];
    assert_eq!((edge.times.count, edge.failed), (1, 1), "as the caller saw it");
    assert!(
        report::text::report(&model).contains("and 2 kinds in the traces of requests whose errors are logged above")
    );
}

/// An API's segment is not a function; the function that it called is found through the link or the tree.
#[test]
fn an_entry_point_is_not_a_function() {
    let handler = |trace: &str, parent: &str, more: Value| {
        let mut span = json!({"name": "## handler", "id": "h", "trace_id": trace, "parent_id": parent, "start_time": 2.0,
            "end_time": 3.0, "type": "subsegment", "annotations": {"ColdStart": false, "Service": "orders"}});
        span.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        span.to_string()
    };
    let api = json!({"name": "api", "id": "s", "trace_id": "t", "start_time": 1.0, "end_time": 4.0,
        "origin": "AWS::ApiGateway::Stage"});
    for handler in [
        handler("t", "s", json!({})),
        handler("u", "x", json!({"links": [{"trace_id": "t", "id": "s"}]})),
    ] {
        let mut telemetry = Telemetry::default();
        telemetry.add_documents(&api.to_string());
        telemetry.add_documents(&handler);
        let model = Model::of(telemetry);
        assert_eq!(model.functions.len(), 1, "{:?}", model.functions);
        assert_eq!(model.functions[0].name, "orders");
        let edges: Vec<_> = model
            .edges
            .iter()
            .map(|edge| (model.nodes[edge.from].label(), model.nodes[edge.to].label()))
            .collect();
        assert_eq!(edges, [("api".to_owned(), "orders".to_owned())]);
    }
}

#[test]
fn nested_subsegments_are_shown_as_separate_ones_are() {
    let parts = |nested: bool| {
        let step = |id: &str, parent: &str, name: &str, more: Value| {
            let step: Value = serde_json::from_str(&document("t", id, Some(parent), name, more)).unwrap();
            let mut step = step.as_object().unwrap().clone();
            if nested {
                step.retain(|key, _| !["trace_id", "parent_id", "type"].contains(&key.as_str()));
            }
            Value::Object(step)
        };
        let call = step(
            "c",
            "h",
            "SQS",
            json!({"namespace": "aws", "aws": {"operation": "SendMessage"}, "fault": true}),
        );
        let handler = step("h", "s", "## handler", json!({"annotations": {"ColdStart": true}}));
        let segment = document("t", "s", None, "f", json!({"origin": "AWS::Lambda::Function"}));
        (serde_json::from_str::<Value>(&segment).unwrap(), handler, call)
    };
    let (mut segment, mut handler, call) = parts(true);
    handler["subsegments"] = json!([call]);
    segment["subsegments"] = json!([handler]);
    let mut nested = Telemetry::default();
    nested.add_documents(&segment.to_string());
    let (segment, handler, call) = parts(false);
    let mut separate = Telemetry::default();
    for document in [call, handler, segment] {
        separate.add_documents(&document.to_string());
    }
    let (nested, separate) = (Model::of(nested), Model::of(separate));
    assert_eq!(nested.spans.len(), 3);
    assert_eq!(nested, separate);
}

#[test]
fn hostile_names_stay_names() {
    let mut telemetry = Telemetry::default();
    telemetry.add_log("<b>f</b>", r#"{"level":"ERROR","timestamp":"2026-01-15T10:30:00.125Z","message":"</script><img src=x onerror=alert(1)>\u0000\u001b[2J"}"#);
    let model = Model::of(telemetry);
    let page = page::write(&model).unwrap();
    assert!(!page.contains("<img") && !page.contains("<b>f"));
    assert_eq!(page::read(&page).unwrap(), model);
    assert!(!report::text::report(&model).contains("\u{1b}[2J"));
}
