//! What other utilities count through core is a metric.

use powertools_lambda_core::test_util::context;
use powertools_lambda_core::{Fact, Invocation};
use powertools_lambda_metrics::{self as metrics, Unit};
use serde_json::json;

use crate::common::{self, builder, documents, emf, host, invoke};

fn count(name: &str, value: f64) {
    Invocation::current().unwrap().tell(&Fact::Count { name, value });
}

#[test]
fn a_count_is_a_metric_like_any_other() {
    let host = host();
    invoke(&common::metrics(&host), || {
        count("CacheHits", 2.0);
        metrics::add("CacheHits", Unit::Count, 1);
        count("CacheHits", 0.5);
        assert!(host.lines().is_empty(), "nothing is written before the response");
    });
    let documents = documents(&host);
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0]["CacheHits"], json!([2, 1, 0.5]));
    let definitions = &documents[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"];
    assert_eq!(definitions, &json!([{"Name": "CacheHits", "Unit": "Count"}]));
    assert!(host.warnings().is_empty());
}

#[test]
fn a_count_is_shown_once_by_those_the_free_functions_go_to() {
    let host = host();
    let first = common::metrics(&host);
    let second = builder(&host).namespace("Second").cold_start(false).build();
    invoke(&first, || {
        second.add("own", Unit::Count, 1);
        metrics::add("free", Unit::Count, 1);
        count("told", 1.0);
    });
    let documents = documents(&host);
    let shown = documents.iter().filter(|document| document.get("told").is_some());
    let shown: Vec<_> = shown.collect();
    assert_eq!((documents.len(), shown.len()), (2, 1));
    assert_eq!((&shown[0]["told"], &shown[0]["free"]), (&json!(1), &json!(1)));
}

#[test]
fn without_metrics_a_count_is_nothing() {
    let host = host();
    let metrics = common::metrics(&host);
    Invocation::new(context(), host.host()).in_scope(|| count("told", 1.0));
    assert!(
        metrics.try_flush().is_err(),
        "it is not in the process's document either"
    );
    assert!(host.lines().is_empty() && host.warnings().is_empty());
}

#[test]
fn metrics_that_are_disabled_show_no_count() {
    let host = host().var("POWERTOOLS_METRICS_DISABLED", "true");
    invoke(&common::metrics(&host), || count("told", 1.0));
    assert!(host.lines().is_empty() && host.warnings().is_empty());
}

#[test]
fn what_is_no_count_is_no_metric() {
    let host = host();
    invoke(&common::metrics(&host), || {
        let invocation = Invocation::current().unwrap();
        let (key, value) = ("order", 1.into());
        invocation.tell(&Fact::Key { key, value });
        let (key, value) = ("order", 1.into());
        invocation.tell(&Fact::Annotation { key, value });
    });
    assert!(host.lines().is_empty());
}

#[test]
fn a_count_that_cloudwatch_would_refuse_is_one_warning() {
    let host = host();
    invoke(&common::metrics(&host), || {
        for _ in 0..3 {
            count("", 1.0);
            count("told", f64::NAN);
        }
        count("told", 1.0);
    });
    assert_eq!(host.warnings().len(), 2);
    assert_eq!(emf::values(&documents(&host))["told"], [1.0]);
}

#[test]
fn a_count_after_the_end_is_written_with_the_next_flush() {
    let host = host();
    let metrics = common::metrics(&host);
    let mut ended = None;
    invoke(&metrics, || ended = Invocation::current());
    ended.unwrap().in_scope(|| count("late", 1.0));
    assert!(host.lines().is_empty());
    metrics.flush();
    assert_eq!(documents(&host)[0]["late"], 1);
}
