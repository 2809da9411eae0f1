//! The utilities together with layers that the user adds.

use std::sync::{Arc, Mutex};

use lambda_runtime::{Error, LambdaEvent, LambdaInvocation};
use powertools_lambda::core::test_util::{TestEnvironment, context, request, traced_context};
use powertools_lambda::tracer::{Emitter, Spans};
use powertools_lambda::{Powertools, logger, metrics};
use serde_json::{Value, json};
use tower::{Layer as _, ServiceExt, service_fn};
use tracing::{Event, Level, Subscriber, debug, error, info, info_span};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt};

/// A user's layer that keeps the levels it sees.
#[derive(Clone, Default)]
struct Seen(Arc<Mutex<Vec<Level>>>);

impl<S: Subscriber> Layer<S> for Seen {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        self.0.lock().unwrap().push(*event.metadata().level());
    }
}

#[test]
fn the_loggers_level_disables_nothing_for_other_layers() {
    let environment = TestEnvironment::new();
    let powertools = Powertools::builder()
        .environment(&environment)
        .logger(|logger| logger.level(Level::ERROR))
        .build();
    for own_first in [true, false] {
        let seen = Seen::default();
        let emit = || {
            debug!("debug");
            info_span!("span").in_scope(|| info!("info"));
            error!("error");
        };
        if own_first {
            let subscriber = tracing_subscriber::registry()
                .with(seen.clone())
                .with(powertools.subscriber_layer());
            tracing::subscriber::with_default(subscriber, emit);
        } else {
            let subscriber = tracing_subscriber::registry()
                .with(powertools.subscriber_layer())
                .with(seen.clone());
            tracing::subscriber::with_default(subscriber, emit);
        }
        assert_eq!(*seen.0.lock().unwrap(), [Level::DEBUG, Level::INFO, Level::ERROR]);
        assert_eq!(environment.take_lines().len(), 1, "only the error is logged");
    }
}

#[tokio::test]
async fn each_call_for_a_utility_is_applied_after_the_earlier_ones() {
    let (environment, names) = (TestEnvironment::new(), Names::default());
    let (first, second) = (names.clone(), names.clone());
    let powertools = Powertools::builder()
        .environment(&environment)
        .service("every utility")
        .logger(|logger| logger.global_key("team", "checkout").service("earlier"))
        .logger(|logger| logger.service("orders"))
        .metrics(|metrics| metrics.default_dimension("stage", "test").namespace("Earlier"))
        .metrics(|metrics| metrics.namespace("Shop"))
        .tracer(|tracer| tracer.emitter(first))
        .tracer(|tracer| tracer.emitter(second))
        .build();
    let subscriber = tracing_subscriber::registry().with(powertools.subscriber_layer());
    let _guard = tracing::subscriber::set_default(subscriber);
    let invocation = powertools
        .invocation_layer()
        .layer(service_fn(async |_: LambdaInvocation| {
            info_span!("charge").in_scope(|| info!("charging"));
            metrics::add("Orders", metrics::Unit::Count, 1);
            Ok::<_, Error>(())
        }));
    invocation.oneshot(request(traced_context(), "null")).await.unwrap();
    let records = environment.records();
    assert_eq!(
        (&records[0]["team"], &records[0]["service"]),
        (&json!("checkout"), &json!("orders"))
    );
    let metrics = environment.metrics();
    let orders = metrics.metric("Orders");
    assert_eq!((orders.namespace(), orders.dimension("stage")), ("Shop", Some("test")));
    let names = names.0.lock().unwrap();
    let charges = names.iter().filter(|name| name.contains("charge")).count();
    assert_eq!(charges, 2, "each emitter has the span: {names:?}");
}

/// An emitter that keeps the names of the spans it is handed.
#[derive(Clone, Default)]
struct Names(Arc<Mutex<Vec<String>>>);

impl Emitter for Names {
    fn emit(&self, spans: Spans<'_>) {
        let names = spans.iter().map(|span| span.name().to_owned());
        self.0.lock().unwrap().extend(names);
    }
}

#[test]
fn the_keys_of_a_scope_are_on_its_records_and_in_no_trace() {
    let (environment, names) = (
        TestEnvironment::new().var("AWS_LAMBDA_FUNCTION_NAME", "order-fn"),
        Names::default(),
    );
    let emitter = names.clone();
    let powertools = Powertools::builder()
        .environment(&environment)
        .tracer(|tracer| tracer.emitter(emitter))
        .build();
    let subscriber = tracing_subscriber::registry().with(powertools.subscriber_layer());
    let mut with_trace = context();
    with_trace.xray_trace_id =
        Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=557abcec3ee5a047;Sampled=1".into());
    tracing::subscriber::with_default(subscriber, || {
        let invocation = powertools.invocation_layer().layer(service_fn(|_: LambdaInvocation| {
            let _keys = logger::scope_keys([("order_id", "A-1")]);
            info_span!("charge").in_scope(|| info!("charging"));
            std::future::ready(Ok::<_, Error>(()))
        }));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime
            .block_on(invocation.oneshot(request(with_trace, "null")))
            .unwrap();
    });
    let names = names.0.lock().unwrap();
    assert!(names.iter().any(|name| name.contains("charge")), "{names:?}");
    assert!(!names.iter().any(|name| name.contains("scope")), "{names:?}");
    assert!(
        environment.lines()[0].contains(r#""order_id":"A-1""#),
        "{:?}",
        environment.lines()
    );
}

#[tokio::test]
async fn one_layer_of_the_umbrella_is_the_layers_of_all_utilities() {
    let environment = TestEnvironment::new().var("POWERTOOLS_METRICS_NAMESPACE", "Shop");
    let powertools = Powertools::builder().environment(&environment).build();
    let subscriber = tracing_subscriber::registry().with(powertools.subscriber_layer());
    let _guard = tracing::subscriber::set_default(subscriber);
    let handler = powertools.handler_layer().layer(service_fn(async |_: LambdaEvent<()>| {
        logger::append_key("order_id", "A-1");
        metrics::add("Orders", metrics::Unit::Count, 1);
        info!("placed");
        Err::<(), _>(Error::from("no stock"))
    }));
    let invocation = powertools
        .invocation_layer()
        .layer(service_fn(move |request: LambdaInvocation| {
            let response = handler.clone().oneshot(LambdaEvent::new((), request.context));
            async move {
                let _ = response.await;
                Ok::<_, Error>(())
            }
        }));
    invocation.oneshot(request(context(), "null")).await.unwrap();
    let lines: Vec<Value> = environment
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 4, "{lines:?}");
    assert_eq!(
        (&lines[0]["message"], &lines[0]["order_id"]),
        (&json!("placed"), &json!("A-1"))
    );
    assert_eq!(lines[1]["exception"], "no stock");
    assert_eq!((&lines[2]["ColdStart"], &lines[3]["Orders"]), (&json!(1), &json!(1)));
}
