//! Levels and sampling, which decide whether a record is written.

use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_logger::Logger;
use tower::{Layer, Service};
use tracing::level_filters::LevelFilter;
use tracing::{Level, debug, info, trace, warn};
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{builder, environment, invocation, messages, recorded, records};

#[test]
fn a_target_has_a_level_of_its_own() {
    let environment = environment().var("RUST_LOG", "noisy=error,quiet=debug");
    let logger = builder(&environment)
        .level(LevelFilter::WARN)
        .target_level("quiet::really", LevelFilter::OFF)
        .build();
    let records = recorded(&environment, &logger, || {
        warn!(target: "noisy::inside", "not this");
        debug!(target: "quiet", "this");
        warn!(target: "quiet::really", "not this");
        warn!("this too");
        info!("not this");
    });
    assert_eq!(messages(&records), ["this", "this too"]);
}

#[test]
fn no_target_is_more_verbose_than_lambdas_level() {
    let environment = environment()
        .var("AWS_LAMBDA_LOG_FORMAT", "JSON")
        .var("AWS_LAMBDA_LOG_LEVEL", "INFO")
        .var("RUST_LOG", "mine=trace,yours=warn");
    let logger = builder(&environment).build();
    let records = recorded(&environment, &logger, || {
        debug!(target: "mine", "not this");
        info!(target: "mine", "this");
        info!(target: "yours", "not this");
    });
    assert_eq!(messages(&records), ["this"]);
}

#[test]
fn the_level_changes_at_run_time() {
    let environment = environment();
    let logger = builder(&environment).build();
    let say = || debug!("details");
    let written = recorded(&environment, &logger, || {
        say();
        logger.set_level(LevelFilter::DEBUG);
        assert_eq!(logger.level(), LevelFilter::DEBUG);
        say();
        logger.set_level(LevelFilter::ERROR);
        warn!("not this");
        say();
    });
    assert_eq!(messages(&written), ["details"]);
    assert_eq!(environment.warnings(), [""; 0]);
}

#[test]
fn lambdas_level_does_not_change_at_run_time() {
    let environment = environment()
        .var("AWS_LAMBDA_LOG_FORMAT", "JSON")
        .var("AWS_LAMBDA_LOG_LEVEL", "WARN");
    let logger = builder(&environment).level(LevelFilter::WARN).build();
    let written = recorded(&environment, &logger, || {
        logger.set_level(Level::DEBUG);
        info!("not this");
    });
    assert_eq!(written.len(), 0);
    assert_eq!(environment.warnings().len(), 1, "{:?}", environment.warnings());
}

/// Calls `handler` inside the logger's layer, like the runtime.
fn invoke(logger: &Logger, request_id: &str, trace: Option<&str>, handler: impl Fn() + Clone + Send + 'static) {
    let mut context = context();
    context.request_id = request_id.to_owned();
    context.xray_trace_id = trace.map(|root| format!("Root={root};Sampled=1"));
    let mut service = logger.invocation_layer().layer(tower::service_fn(move |_| {
        handler();
        std::future::ready(Ok::<(), lambda_runtime::Error>(()))
    }));
    let future = service.call(request(context, "{}"));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(future).unwrap();
}

#[test]
fn a_sampled_invocation_writes_debug_records_and_its_neighbour_does_not() {
    let environment = environment();
    let logger = builder(&environment).sample_rate(0.5).sample_by_trace_id(true).build();
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, || {
        for (id, trace) in [
            ("sampled", "1-5759e988-bd862e3f0000000000000001"),
            ("not", "1-5759e988-bd862e3ff000000000000001"),
        ] {
            invoke(&logger, id, Some(trace), || {
                trace!("never");
                debug!("details");
                info!("always");
            });
        }
        debug!("outside");
    });
    let records = records(&environment);
    assert_eq!(messages(&records), ["details", "always", "always"]);
    assert_eq!(records[0]["function_request_id"], "sampled");
    assert!(
        records.iter().all(|record| record["sampling_rate"] == 0.5),
        "the rate stands on every record"
    );
}

#[test]
fn sampling_neither_lifts_a_targets_level_nor_lambdas() {
    for (variables, expected) in [
        (&[("RUST_LOG", "noisy=info")][..], &["mine"][..]),
        (
            &[("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("AWS_LAMBDA_LOG_LEVEL", "INFO")],
            &[],
        ),
    ] {
        let environment = variables.iter().fold(environment(), |environment, (name, value)| {
            environment.var(*name, *value)
        });
        let logger = builder(&environment).sample_rate(1.0).build();
        let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
        tracing::subscriber::with_default(subscriber, || {
            invoke(&logger, "one", None, || {
                debug!(target: "noisy", "noisy");
                debug!(target: "mine", "mine");
            });
        });
        assert_eq!(messages(&records(&environment)), expected);
    }
}

#[test]
fn without_a_rate_nothing_is_sampled_and_no_key_says_so() {
    let environment = environment();
    let logger = builder(&environment).build();
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            debug!("not this");
            info!("this");
        });
    });
    assert_eq!(messages(&records), ["this"]);
    assert!(records[0].get("sampling_rate").is_none());
}

#[test]
fn a_rate_of_zero_is_on_the_records() {
    let environment = TestEnvironment::new().var("POWERTOOLS_LOGGER_SAMPLE_RATE", "0");
    let logger = builder(&environment).build();
    let records = recorded(&environment, &logger, || info!("this"));
    assert_eq!(records[0]["sampling_rate"], 0);
    assert!(Invocation::current().is_none());
}
