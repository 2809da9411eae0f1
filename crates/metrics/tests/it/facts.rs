//! Counts that other utilities report through core become metrics.

use powertools_lambda_core::test_util::context;
use powertools_lambda_core::{Fact, Invocation};
use powertools_lambda_metrics::{self as metrics, Unit};
use serde_json::json;

use crate::common::{self, builder, documents, emf, environment, invoke};

fn count(name: &str, value: f64) {
    Invocation::current().unwrap().tell(&Fact::Count { name, value });
}

#[test]
fn a_count_is_a_metric_like_any_other() {
    let environment = environment();
    invoke(&common::metrics(&environment), || {
        count("CacheHits", 2.0);
        metrics::add("CacheHits", Unit::Count, 1);
        count("CacheHits", 0.5);
        assert!(environment.lines().is_empty(), "nothing is written before the response");
    });
    let documents = documents(&environment);
    assert_eq!(documents.len(), 1);
    assert_eq!(documents[0]["CacheHits"], json!([2, 1, 0.5]));
    let definitions = &documents[0]["_aws"]["CloudWatchMetrics"][0]["Metrics"];
    assert_eq!(definitions, &json!([{"Name": "CacheHits", "Unit": "Count"}]));
    assert!(environment.warnings().is_empty());
}

#[test]
fn a_count_is_shown_once_by_those_the_free_functions_go_to() {
    let environment = environment();
    let first = common::metrics(&environment);
    let second = builder(&environment).namespace("Second").cold_start(false).build();
    invoke(&first, || {
        second.current().add("own", Unit::Count, 1);
        metrics::add("free", Unit::Count, 1);
        count("told", 1.0);
    });
    let documents = documents(&environment);
    let shown = documents.iter().filter(|document| document.get("told").is_some());
    let shown: Vec<_> = shown.collect();
    assert_eq!((documents.len(), shown.len()), (2, 1));
    assert_eq!((&shown[0]["told"], &shown[0]["free"]), (&json!(1), &json!(1)));
}

#[test]
fn without_metrics_a_count_is_nothing() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    Invocation::new(context(), environment.environment()).in_scope(|| count("told", 1.0));
    assert!(
        metrics.try_flush().is_err(),
        "it is not in the process's document either"
    );
    assert!(environment.lines().is_empty() && environment.warnings().is_empty());
}

#[test]
fn metrics_that_are_disabled_show_no_count() {
    let environment = environment().var("POWERTOOLS_METRICS_DISABLED", "true");
    invoke(&common::metrics(&environment), || count("told", 1.0));
    assert!(environment.lines().is_empty() && environment.warnings().is_empty());
}

#[test]
fn a_fact_that_is_not_a_count_is_not_a_metric() {
    let environment = environment();
    invoke(&common::metrics(&environment), || {
        let invocation = Invocation::current().unwrap();
        let (key, value) = ("order", 1.into());
        invocation.tell(&Fact::Key { key, value });
        let (key, value) = ("order", 1.into());
        invocation.tell(&Fact::Annotation { key, value });
    });
    assert!(environment.lines().is_empty());
}

#[test]
fn a_count_that_cloudwatch_would_refuse_is_one_warning() {
    let environment = environment();
    invoke(&common::metrics(&environment), || {
        for _ in 0..3 {
            count("", 1.0);
            count("told", f64::NAN);
        }
        count("told", 1.0);
    });
    assert_eq!(environment.warnings().len(), 2);
    assert_eq!(emf::values(&documents(&environment))["told"], [1.0]);
}

#[test]
fn a_count_after_the_end_is_written_with_the_next_flush() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    let mut ended = None;
    invoke(&metrics, || ended = Invocation::current());
    ended.unwrap().in_scope(|| count("late", 1.0));
    assert!(environment.lines().is_empty());
    metrics.flush();
    assert_eq!(documents(&environment)[0]["late"], 1);
}
