//! Metrics that take part in an invocation, and the effect on their cold start and shutdown.

use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_core::{Environment, Invocation, InvocationLayer};
use powertools_lambda_metrics::{self as metrics, Metrics, Unit};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::common::{builder, documents, emf, environment, invoke};

/// Runs `f` as an invocation with this layer.
fn invoke_with(layer: &InvocationLayer, f: impl Fn()) {
    let service = service_fn(move |_: LambdaInvocation| {
        f();
        std::future::ready(Ok::<_, Error>(()))
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let invoked = layer.layer(service).oneshot(request(context(), ""));
    runtime.block_on(invoked).unwrap();
}

fn in_namespace(environment: &TestEnvironment, namespace: &str, cold_start: bool) -> Metrics {
    builder(environment).namespace(namespace).cold_start(cold_start).build()
}

/// Returns the namespaces of all lines, including the cold start's.
fn namespaces(environment: &TestEnvironment) -> Vec<String> {
    let lines = environment.take_lines();
    let documents = lines.iter().map(|line| emf::check(line));
    let namespace = documents.map(|document| document["_aws"]["CloudWatchMetrics"][0]["Namespace"].clone());
    namespace.map(|name| name.as_str().unwrap().to_owned()).collect()
}

#[test]
fn in_an_invocation_without_metrics_values_go_to_the_process() {
    let environment = environment();
    let metrics = in_namespace(&environment, "A", true);
    invoke_with(
        &InvocationLayer::new(Environment::clone(environment.environment())),
        || {
            metrics.current().add("alone", Unit::Count, 1);
        },
    );
    assert!(environment.lines().is_empty(), "no invocation's document was written");
    metrics.flush();
    assert_eq!(documents(&environment)[0]["alone"], 1);
}

#[test]
fn metrics_without_a_layer_write_no_cold_start() {
    let environment = environment();
    let (layered, without_layer) = (
        in_namespace(&environment, "A", false),
        in_namespace(&environment, "B", true),
    );
    invoke(&layered, || without_layer.current().add("value", Unit::Count, 1));
    let lines = environment.take_lines();
    assert_eq!(lines.len(), 1, "{lines:?}");
    assert!(!lines[0].contains("ColdStart"), "{lines:?}");
}

#[test]
fn the_first_layer_that_wants_the_cold_start_writes_it() {
    let environment = environment();
    let (a, b, c) = (
        in_namespace(&environment, "A", false),
        in_namespace(&environment, "B", true),
        in_namespace(&environment, "C", true),
    );
    let layer = a
        .invocation_layer()
        .and(&b.invocation_layer())
        .and(&c.invocation_layer())
        .and(&b.invocation_layer());
    invoke_with(&layer, || ());
    assert_eq!(namespaces(&environment), ["B"]);
    invoke_with(&layer, || ());
    assert!(environment.lines().is_empty(), "once for each environment");
}

#[test]
fn the_process_documents_of_all_that_take_part_are_written_at_the_end() {
    let environment = environment();
    let (layered, without_layer) = (
        in_namespace(&environment, "A", false),
        in_namespace(&environment, "B", false),
    );
    let outside = in_namespace(&environment, "C", false);
    for metrics in [&layered, &without_layer, &outside] {
        metrics.current().add("process", Unit::Count, 1);
    }
    invoke(&layered, || without_layer.current().add("value", Unit::Count, 1));
    assert_eq!(namespaces(&environment), ["A", "B", "B"]);
    outside.flush();
    assert_eq!(namespaces(&environment), ["C"]);
}

#[test]
fn a_clone_is_not_a_second_one() {
    let environment = environment();
    let metrics = in_namespace(&environment, "A", true);
    let clone = metrics.clone();
    invoke_with(&metrics.invocation_layer().and(&clone.invocation_layer()), || {
        clone.current().add("value", Unit::Count, 1);
        metrics.current().add("value", Unit::Count, 2);
    });
    assert_eq!(namespaces(&environment), ["A", "A"], "the cold start and one document");
}

#[test]
fn shutdown_of_either_writes_the_documents_of_both() {
    let environment = environment();
    let (layered, without_layer) = (
        in_namespace(&environment, "A", false),
        in_namespace(&environment, "B", false),
    );
    for at_shutdown in [&layered, &without_layer] {
        invoke(&layered, || {
            layered.current().add("open", Unit::Count, 1);
            without_layer.current().add("open", Unit::Count, 2);
            at_shutdown.shutdown();
            assert_eq!(namespaces(&environment), ["A", "B"]);
            without_layer.current().add("after", Unit::Count, 1);
        });
        assert_eq!(namespaces(&environment), ["B"], "the invocation goes on after it");
    }
}

#[test]
fn the_end_of_metrics_that_joined_late_is_seen_by_spawned_threads() {
    let environment = environment();
    let (layered, without_layer) = (
        in_namespace(&environment, "A", false),
        in_namespace(&environment, "B", false),
    );
    for _ in 0..50 {
        let mut threads = Vec::new();
        invoke(&layered, || {
            let invocation = Invocation::current().unwrap();
            threads = (0..4)
                .map(|_| {
                    let (invocation, metrics) = (invocation.clone(), without_layer.clone());
                    std::thread::spawn(move || {
                        invocation.in_scope(|| (0..25).for_each(|_| metrics.current().add("value", Unit::Count, 1)));
                    })
                })
                .collect();
        });
        for thread in threads {
            thread.join().unwrap();
        }
    }
    without_layer.flush();
    let values = emf::values(&documents(&environment)).remove("value").unwrap();
    assert_eq!(
        values.len(),
        50 * 4 * 25,
        "no value is lost, before, at or after the end"
    );
}

#[test]
fn free_functions_go_to_the_first_that_joined() {
    let environment = environment();
    let (a, b) = (
        in_namespace(&environment, "A", false),
        in_namespace(&environment, "B", false),
    );
    invoke_with(&b.invocation_layer().and(&a.invocation_layer()), || {
        metrics::add("free", Unit::Count, 1);
        metrics::single_metric("OneOff", Unit::Count, 1).emit();
    });
    assert_eq!(namespaces(&environment), ["B", "B"]);
}
