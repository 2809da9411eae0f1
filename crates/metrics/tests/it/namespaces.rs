//! Several `Metrics` with different namespaces in one invocation.

use std::collections::BTreeMap;

use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::test_util::{context, request};
use powertools_lambda_core::{Invocation, InvocationLayer};
use powertools_lambda_metrics::{self as metrics, Metrics, Unit};
use serde_json::{Value, json};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::common::{self, builder, documents, environment, invoke};

/// Runs `f` as an invocation with this layer.
fn invoke_with(layer: &InvocationLayer, f: impl Fn()) {
    let service = service_fn(move |_: LambdaInvocation| {
        f();
        std::future::ready(Ok::<_, Error>(()))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime
        .block_on(layer.layer(service).oneshot(request(context(), "")))
        .unwrap();
}

fn by_namespace(documents: Vec<Value>) -> BTreeMap<String, Value> {
    let namespace = |document: &Value| document["_aws"]["CloudWatchMetrics"][0]["Namespace"].clone();
    let count = documents.len();
    let sorted: BTreeMap<String, Value> = documents
        .into_iter()
        .map(|document| (namespace(&document).as_str().unwrap().to_owned(), document))
        .collect();
    assert_eq!(sorted.len(), count, "a namespace has two documents");
    sorted
}

#[test]
fn each_has_its_document_and_dimensions_with_or_without_a_layer_of_its_own() {
    let environment = environment();
    let build = |namespace: &str| builder(&environment).namespace(namespace).cold_start(false).build();
    let (a, b, without_layer) = (build("A"), build("B"), build("C"));
    invoke_with(&a.invocation_layer().and(&b.invocation_layer()), || {
        a.current().add("of a", Unit::Count, 1);
        b.current().add("of b", Unit::Count, 1);
        b.current().add_dimension("only", "b");
        without_layer.current().add("of c", Unit::Count, 1);
        metrics::add("free", Unit::Count, 1);
        assert!(environment.lines().is_empty(), "nothing is written before the response");
    });
    let written = by_namespace(documents(&environment));
    assert_eq!(written.keys().collect::<Vec<_>>(), ["A", "B", "C"]);
    assert_eq!((&written["A"]["of a"], &written["A"]["free"]), (&json!(1), &json!(1)));
    assert_eq!((&written["B"]["of b"], &written["B"]["only"]), (&json!(1), &json!("b")));
    assert_eq!(written["C"]["of c"], 1);
    assert!(written["A"].get("only").is_none());
}

#[test]
fn the_cold_start_is_counted_once_however_many_there_are() {
    let environment = environment();
    let build = |namespace: &str| builder(&environment).namespace(namespace).build();
    let (a, b) = (build("A"), build("B"));
    invoke_with(&a.invocation_layer().and(&b.invocation_layer()), || ());
    let lines = environment.lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(lines[0].contains(r#""Namespace":"A""#));
}

#[test]
fn metrics_without_any_layer_wait_for_their_flush() {
    let environment = environment();
    let alone = builder(&environment).namespace("Alone").build();
    alone.current().add("early", Unit::Count, 1);
    assert!(environment.lines().is_empty());
    alone.flush();
    assert_eq!(documents(&environment)[0]["early"], 1);
    alone.current().add("left", Unit::Count, 1);
    drop(alone.clone());
    assert!(environment.lines().is_empty());
}

#[test]
fn the_last_handle_writes_what_is_left() {
    let environment = environment();
    // The first `Metrics` of a process is kept for the free functions.
    let _first = Metrics::builder().environment(&environment).build();
    let alone = builder(&environment).namespace("Alone").build();
    alone.current().add("left", Unit::Count, 1);
    drop(alone);
    assert_eq!(documents(&environment)[0]["left"], 1);
}

#[test]
fn values_of_a_second_namespace_after_the_end_are_written_with_the_next_invocation() {
    let environment = environment();
    let build = |namespace: &str| builder(&environment).namespace(namespace).cold_start(false).build();
    let (a, b) = (build("A"), build("B"));
    let mut ended = None;
    invoke(&a, || ended = Invocation::current());
    ended.unwrap().in_scope(|| b.current().add("late", Unit::Count, 1));
    assert!(environment.lines().is_empty());
    invoke(&a, || b.current().add("next", Unit::Count, 1));
    let values = common::emf::values(&documents(&environment));
    assert_eq!((&values["late"][..], &values["next"][..]), (&[1.0][..], &[1.0][..]));
}
