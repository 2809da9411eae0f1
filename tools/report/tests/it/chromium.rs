//! Tests of the page in a real browser: a headless Chromium, if one is on the `PATH`.
//!
//! Each test prints whether it ran: `in Chromium`, or `skipped`.

#![allow(clippy::disallowed_methods)] // reads the PATH and the clock
#![allow(clippy::print_stdout)] // helpers of tests, like tests

use std::path::PathBuf;
use std::time::{Duration, Instant};

use report::browser::{self, Browser};
use report::{Model, page};
use serde_json::json;

use crate::sample::{Sample, shop};

const HOSTILE: &str = "</script><img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>\u{0}\u{1b}[31m\u{202e}";

/// Opens the page of a sample; `None` if there is no Chromium.
fn open(name: &str, sample: &Sample) -> Option<(Browser, Duration, PathBuf)> {
    let Some(program) = browser::find(std::env::var_os("PATH")) else {
        println!("{name}: skipped, no Chromium on the PATH; the structural tests of the page ran");
        return None;
    };
    println!("{name}: in Chromium, {}", program.display());
    let folder = std::env::temp_dir().join(format!("report-{name}-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("report.html");
    std::fs::write(&file, page::write(&Model::of(sample.telemetry())).unwrap()).unwrap();
    let mut browser = Browser::start(&program, &folder.join("profile")).unwrap();
    let started = Instant::now();
    browser.open(&file).unwrap();
    assert_eq!(
        browser.evaluate("document.documentElement.dataset.ready").unwrap(),
        "true"
    );
    Some((browser, started.elapsed(), folder))
}

fn close(browser: Browser, folder: PathBuf) {
    drop(browser);
    std::fs::remove_dir_all(folder).unwrap();
}

fn text(browser: &mut Browser, selector: &str) -> String {
    let all = format!(
        "[...document.querySelectorAll({})].map(e => e.textContent).join('\\n')",
        json!(selector)
    );
    browser.evaluate(&all).unwrap().as_str().unwrap().to_owned()
}

fn go(browser: &mut Browser, address: &str) {
    let change = format!(
        "location.hash = {}; new Promise(done => setTimeout(done, 300))",
        json!(address)
    );
    browser.evaluate(&change).unwrap();
}

#[test]
fn ten_thousand_traces_open_in_seconds() {
    let sample = shop(10_000, 11);
    let Some((mut browser, taken, folder)) = open("ten_thousand_traces_open_in_seconds", &sample) else {
        return;
    };
    println!("opened in {taken:?}");
    // It takes a second or two on an idle machine; the limit allows for a busy one.
    assert!(taken < Duration::from_secs(20), "{taken:?}");
    let traces = browser
        .evaluate("document.querySelector('[data-view=traces] span').textContent")
        .unwrap();
    let traces: String = traces.as_str().unwrap().chars().filter(char::is_ascii_digit).collect();
    assert!(traces.parse::<usize>().unwrap() >= 10_000, "{traces}");
    for view in ["traces", "logs", "metrics", "errors", "queues", "cold", "map"] {
        go(&mut browser, &format!("#/{view}"));
        let rows = browser
            .evaluate("document.querySelectorAll('.row, tbody tr, .chart').length")
            .unwrap();
        let rows = rows.as_u64().unwrap();
        assert!((1..2_000).contains(&rows), "{view} has {rows} rows");
    }
    assert_eq!(browser.problems().unwrap(), [""; 0]);
    close(browser, folder);
}

#[test]
fn everything_is_there_to_see_and_nothing_is_asked_for() {
    let sample = shop(300, 5);
    let Some((mut browser, _, folder)) = open("everything_is_there_to_see", &sample) else {
        return;
    };
    let model = Model::of(sample.telemetry());
    let overview = text(&mut browser, "main");
    for answer in &model.answers {
        assert!(
            overview.contains(&answer.question) && overview.contains(&answer.headline),
            "{answer:?}"
        );
    }
    let nodes = browser.evaluate("document.querySelectorAll('.node').length").unwrap();
    let edges = browser.evaluate("document.querySelectorAll('.edge').length").unwrap();
    assert_eq!((nodes, edges), (json!(model.nodes.len()), json!(model.edges.len())));
    // A record leads to its trace, and the trace to its records.
    let traced = model
        .errors
        .iter()
        .find_map(|group| model.records[*group.records.first()?].trace)
        .unwrap();
    let trace = &model.traces[traced];
    go(&mut browser, &format!("#/trace/{}", trace.id));
    let steps = browser
        .evaluate("document.querySelectorAll('.waterfall li').length")
        .unwrap();
    let records = browser
        .evaluate("document.querySelectorAll('.log-list li').length")
        .unwrap();
    let expected = model
        .records
        .iter()
        .filter(|record| record.trace == Some(traced))
        .count();
    assert_eq!((steps, records), (json!(trace.spans), json!(expected)));
    browser.evaluate("document.querySelector('.log-row').click()").unwrap();
    let address = browser
        .evaluate("document.querySelector('dialog[open] .links a').hash")
        .unwrap();
    assert_eq!(address, format!("#/trace/{}", trace.id));
    browser.evaluate("document.querySelector('dialog').close()").unwrap();
    // Searching finds exactly the records that have the text.
    go(&mut browser, "#/logs?q=p-13&fn=add-to-cart");
    let found = text(&mut browser, ".count");
    let expected = sample
        .records
        .iter()
        .filter(|(name, record)| name == "add-to-cart" && record.to_string().contains("p-13"));
    assert!(found.starts_with(&format!("{} record", expected.count())), "{found}");
    assert_eq!(
        text(&mut browser, "[role=status]").split(' ').next(),
        found.split(' ').next(),
        "announced to a screen reader"
    );
    // The arrow keys move through a list.
    browser
        .evaluate("document.querySelector('.row button').focus()")
        .unwrap();
    for _ in 0..2 {
        browser.press("ArrowDown", 40).unwrap();
    }
    let row = browser
        .evaluate("document.activeElement.parentElement.getAttribute('aria-posinset')")
        .unwrap();
    assert_eq!(row, "3");
    assert_eq!(browser.problems().unwrap(), [""; 0]);
    close(browser, folder);
}

#[test]
fn hostile_text_is_text() {
    let mut sample = shop(30, 9);
    let record = json!({"level": "ERROR", "timestamp": "2026-01-15T10:30:01.125Z", "message": HOSTILE,
        "exception_name": HOSTILE, "exception": HOSTILE, "correlation_id": HOSTILE, HOSTILE: HOSTILE});
    sample.line("list-cart", record.to_string());
    sample.line("list-cart", format!("plain {}", HOSTILE.replace('\u{0}', "")));
    let span = json!({"name": HOSTILE, "id": "00000000000000ff", "trace_id": HOSTILE, "start_time": 1_768_473_001.5,
        "end_time": 1_768_473_001.6, "type": "subsegment", "fault": true, "parent_id": "x",
        "annotations": {"ColdStart": true, "Service": HOSTILE, HOSTILE: HOSTILE},
        "cause": {"exceptions": [{"type": HOSTILE, "message": HOSTILE}]}});
    let call = json!({"name": HOSTILE, "id": "00000000000000fe", "trace_id": HOSTILE, "start_time": 1_768_473_001.5,
        "end_time": 1_768_473_001.6, "type": "subsegment", "namespace": "remote", "parent_id": "00000000000000ff"});
    sample.documents.extend([span.to_string(), call.to_string()]);
    let emf = json!({"_aws": {"Timestamp": 1_768_473_001_125_i64, "CloudWatchMetrics": [{"Namespace": HOSTILE,
        "Dimensions": [[HOSTILE]], "Metrics": [{"Name": "m", "Unit": "Count"}]}]}, HOSTILE: HOSTILE, "m": 1});
    sample.line("list-cart", emf.to_string());
    let Some((mut browser, _, folder)) = open("hostile_text_is_text", &sample) else {
        return;
    };
    let encoded = "encodeURIComponent(document.title)";
    for view in [
        "overview",
        "map",
        "traces",
        "metrics",
        "logs?q=onerror",
        "errors",
        "queues",
        "cold",
    ] {
        go(&mut browser, &format!("#/{view}"));
        let made = browser
            .evaluate("document.querySelectorAll('img, main script, [onerror]').length")
            .unwrap();
        assert_eq!(made, 0, "{view}");
        let title = browser.evaluate(encoded).unwrap();
        assert!(!title.as_str().unwrap().contains("owned"), "{view}");
    }
    go(&mut browser, "#/logs?q=onerror");
    let rows = text(&mut browser, ".row");
    assert!(
        rows.contains("<img src=x onerror=\"document.title='owned'\">"),
        "{rows}"
    );
    assert!(
        !rows.contains(['\u{0}', '\u{1b}', '\u{202e}']),
        "control characters are visible and have no effect"
    );
    assert_eq!(browser.problems().unwrap(), [""; 0]);
    close(browser, folder);
}
