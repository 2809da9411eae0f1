//! Metrics of invocations that come near their deadline, and may not reach their end.

use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_core::{Environment, InvocationLayer, LineSink, Output};
use powertools_lambda_metrics::{self as metrics, Metrics, Unit};
use serde_json::{Value, json};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::common::{builder, emf, environment, sets};

/// The time that an invocation has.
const TIMEOUT: u64 = 3_000;

/// Runs `f` as an invocation with a deadline.
fn invoke_with(layer: &InvocationLayer, environment: &TestEnvironment, f: impl Fn()) {
    let service = service_fn(move |_: LambdaInvocation| {
        f();
        std::future::ready(Ok::<_, Error>(()))
    });
    let mut context = context();
    context.deadline = environment.clock().timestamp().as_millis() + TIMEOUT;
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let invoked = layer.layer(service).oneshot(request(context, ""));
    runtime.block_on(invoked).unwrap();
}

/// An output that blocks until its gate is open, as a pipe that nobody reads.
struct AtGate(Arc<Gate>);

#[derive(Default)]
struct Gate {
    writes: Mutex<Writes>,
    changed: Condvar,
}

#[derive(Default)]
struct Writes {
    begun: usize,
    ended: usize,
    may_end: bool,
}

impl LineSink for AtGate {
    fn write_line(&self, _: &[u8]) {
        let Gate { writes, changed } = &*self.0;
        let mut state = writes.lock().unwrap();
        state.begun += 1;
        changed.notify_all();
        let mut state = changed.wait_while(state, |writes| !writes.may_end).unwrap();
        state.ended += 1;
        changed.notify_all();
    }
}

/// Moves the clock to 250 ms before the deadline, and returns the lines that are written then, while the handler blocks.
fn wait_for_the_deadline(environment: &TestEnvironment, lines: usize) -> Vec<Value> {
    environment.clock().advance(Duration::from_millis(TIMEOUT - 251));
    std::thread::sleep(Duration::from_millis(30));
    assert!(environment.lines().is_empty(), "nothing is written before its time");
    environment.clock().advance(Duration::from_millis(1));
    for _ in 0..1_000 {
        if environment.lines().len() >= lines {
            break;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    take(environment)
}

fn take(environment: &TestEnvironment) -> Vec<Value> {
    environment.take_lines().iter().map(|line| emf::check(line)).collect()
}

fn namespace(document: &Value) -> &Value {
    &document["_aws"]["CloudWatchMetrics"][0]["Namespace"]
}

#[test]
fn what_a_hanging_handler_has_added_is_written_before_the_deadline() {
    let environment = environment();
    let metrics = builder(&environment)
        .default_dimension("stage", "prod")
        .warn_on_empty(true)
        .build();
    invoke_with(&metrics.invocation_layer(), &environment, || {
        metrics::add_dimension("tenant", "acme");
        metrics::add_metadata("id", 7);
        metrics::add("Early", Unit::Count, 1);
        metrics::single_metric("OneOff", Unit::Count, 1).emit();
        let written = wait_for_the_deadline(&environment, 3);
        assert_eq!(written.len(), 3, "{written:?}");
        assert_eq!(written[0]["ColdStart"], 1);
        assert_eq!(written[1]["OneOff"], 1);
        assert_eq!((&written[2]["Early"], &written[2]["id"]), (&json!(1), &json!(7)));
        assert_eq!(sets(&written[2]), &json!([["stage", "tenant", "service"]]));
    });
    assert!(environment.lines().is_empty(), "nothing is written twice");
    assert!(environment.warnings().is_empty(), "{:?}", environment.warnings());
}

#[test]
fn a_second_document_has_only_what_was_added_later() {
    let environment = environment();
    let metrics = builder(&environment).build();
    invoke_with(&metrics.invocation_layer(), &environment, || {
        metrics::add_dimension("tenant", "acme");
        metrics::add("Early", Unit::Count, 1);
        metrics::add("Both", Unit::Count, 1);
        assert_eq!(wait_for_the_deadline(&environment, 2).len(), 2);
        metrics::add("Both", Unit::Count, 2);
        metrics::add("Late", Unit::Count, 3);
    });
    let written = take(&environment);
    assert_eq!(written.len(), 1, "{written:?}");
    assert_eq!(
        emf::values(&written),
        [("Both".to_owned(), vec![2.0]), ("Late".to_owned(), vec![3.0])].into(),
        "neither the early values nor the cold start"
    );
    assert_eq!(
        sets(&written[0]),
        &json!([["tenant", "service"]]),
        "dimensions are the invocation's"
    );
}

#[test]
fn every_document_that_waits_is_written() {
    let environment = environment();
    let build = |namespace: &str| builder(&environment).namespace(namespace).cold_start(false).build();
    let (a, b, without_layer) = (build("A"), build("B"), build("C"));
    let layer = a.invocation_layer().and(&b.invocation_layer());
    // The process's document, such as of work that was spawned without its invocation.
    a.current().add("process", Unit::Count, 1);
    invoke_with(&layer, &environment, || {
        a.current().add("value", Unit::Count, 1);
        b.current().add("value", Unit::Count, 1);
        // It joins after the watch has been set.
        without_layer.current().add("value", Unit::Count, 1);
        let written = wait_for_the_deadline(&environment, 4);
        let mut namespaces: Vec<&Value> = written.iter().map(namespace).collect();
        namespaces.sort_by_key(|name| (*name).to_string());
        assert_eq!(namespaces, ["A", "A", "B", "C"]);
        assert_eq!(emf::values(&written)["process"], [1.0]);
    });
    assert!(environment.lines().is_empty(), "nothing is written twice");
}

#[cfg(feature = "facade")]
#[test]
fn the_facades_metrics_are_written_and_go_on() {
    use metrics_rs::{counter, gauge, histogram, with_local_recorder};

    let environment = environment();
    let metrics = builder(&environment).cold_start(false).build();
    with_local_recorder(&metrics.recorder(), || {
        invoke_with(&metrics.invocation_layer(), &environment, || {
            counter!("queries").increment(2);
            counter!("bytes").absolute(100);
            gauge!("pool").set(8);
            histogram!("time", "table" => "orders").record(1.5);
            let written = emf::values(&wait_for_the_deadline(&environment, 2));
            let expected = [("bytes", 100.0), ("pool", 8.0), ("queries", 2.0), ("time", 1.5)];
            assert_eq!(
                written,
                expected.map(|(name, value)| (name.to_owned(), vec![value])).into()
            );
            counter!("queries").increment(3);
            counter!("bytes").absolute(140);
            gauge!("pool").increment(1);
        });
    });
    let expected = [("bytes", 40.0), ("pool", 9.0), ("queries", 3.0)];
    assert_eq!(
        emf::values(&take(&environment)),
        expected.map(|(name, value)| (name.to_owned(), vec![value])).into()
    );
}

#[test]
fn the_cold_start_is_written_once_at_a_deadline_a_shutdown_and_the_end() {
    let environment = environment();
    let metrics = builder(&environment).build();
    let cold_starts = |documents: &[Value]| {
        documents
            .iter()
            .filter(|document| document.get("ColdStart").is_some())
            .count()
    };
    invoke_with(&metrics.invocation_layer(), &environment, || {
        metrics.shutdown();
        assert_eq!(cold_starts(&take(&environment)), 1);
        metrics::add("Value", Unit::Count, 1);
        assert_eq!(cold_starts(&wait_for_the_deadline(&environment, 1)), 0);
    });
    assert!(environment.lines().is_empty());
}

#[test]
fn disabled_metrics_write_nothing_before_the_deadline() {
    let environment = environment().var("POWERTOOLS_METRICS_DISABLED", "true");
    let metrics = builder(&environment).build();
    invoke_with(&metrics.invocation_layer(), &environment, || {
        metrics::add("Value", Unit::Count, 1);
        environment.clock().advance(Duration::from_millis(TIMEOUT));
        std::thread::sleep(Duration::from_millis(50));
    });
    assert!(environment.lines().is_empty());
}

#[test]
fn a_handler_can_add_while_the_output_blocks_near_the_deadline() {
    let environment = environment();
    let gate = Arc::new(Gate::default());
    let stalled = Environment::new(
        environment.environment().variables().clone(),
        environment.environment().clock().clone(),
        Output::new(AtGate(Arc::clone(&gate))),
        environment.environment().warnings().clone(),
    );
    let metrics = Metrics::builder().environment(stalled).cold_start(false).build();
    metrics.current().add("process", Unit::Count, 1);
    invoke_with(&metrics.invocation_layer(), &environment, || {
        metrics::add("Early", Unit::Count, 1);
        environment.clock().advance(Duration::from_millis(TIMEOUT - 250));
        let writes = gate.writes.lock().unwrap();
        drop(gate.changed.wait_while(writes, |writes| writes.begun == 0).unwrap());
        // Neither of these waits for the thread that writes.
        metrics::add("Late", Unit::Count, 1);
        std::thread::scope(|scope| {
            scope.spawn(|| metrics.current().add("process", Unit::Count, 1));
        });
        gate.writes.lock().unwrap().may_end = true;
        gate.changed.notify_all();
    });
    let ended = gate.writes.lock().unwrap();
    let ended = gate.changed.wait_while(ended, |writes| writes.ended < 4).unwrap();
    assert_eq!(ended.begun, 4, "early and late, of the invocation and of the process");
}

#[test]
fn no_value_is_lost_or_repeated_while_the_deadline_passes() {
    for _ in 0..20 {
        let environment = environment();
        let metrics = builder(&environment).cold_start(false).build();
        invoke_with(&metrics.invocation_layer(), &environment, || {
            for number in 0..3_000 {
                if number == 1_000 {
                    environment.clock().advance(Duration::from_millis(TIMEOUT - 250));
                }
                if number > 1_000 {
                    // Until the watch has looked at the clock, and a while longer.
                    std::thread::sleep(Duration::from_micros(5));
                }
                metrics::add("Value", Unit::Count, number);
            }
        });
        // The thread that writes may still be at it.
        let mut values = Vec::new();
        for _ in 0..1_000 {
            values.extend(emf::values(&take(&environment)).remove("Value").unwrap_or_default());
            if values.len() >= 3_000 {
                break;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        values.sort_by(f64::total_cmp);
        assert_eq!(values, (0..3_000).map(f64::from).collect::<Vec<_>>());
    }
}
