//! A layer that is the only one of its subscriber writes and refuses the same as one with a filter.

use powertools_lambda_core::INVOCATION_TARGET;
use powertools_lambda_logger::subscriber::SoleLayer;
use powertools_lambda_logger::{LogBuffer, LoggerBuilder};
use serde_json::Value;
use tracing::level_filters::LevelFilter;
use tracing::{debug, error_span, info, info_span, trace_span, warn};
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{self, builder, environment, invocation};

/// Logs at several levels and targets, in spans, and returns which levels were enabled.
fn work() -> Vec<bool> {
    info_span!("outer", tenant = "acme").in_scope(|| {
        info!(order_id = 7, "taken");
        debug!("details");
        trace_span!("hidden", secret = true).in_scope(|| warn!(target: "noisy::pool", "in a hidden span"));
        let late = info_span!("late", value = tracing::field::Empty);
        late.record("value", 1);
        late.in_scope(|| info!("with a late value"));
    });
    vec![
        tracing::enabled!(tracing::Level::INFO),
        tracing::enabled!(tracing::Level::DEBUG),
        tracing::enabled!(target: "noisy", tracing::Level::INFO),
        tracing::span_enabled!(tracing::Level::TRACE),
    ]
}

/// Does the same with a sole layer or a filtered one.
fn done(is_sole: bool, configure: fn(LoggerBuilder) -> LoggerBuilder) -> (Vec<bool>, Vec<Value>) {
    let environment = environment();
    let logger = configure(builder(&environment)).build();
    let registry = tracing_subscriber::registry();
    let run = || {
        let invocation = invocation(&environment);
        invocation.in_scope(|| error_span!(target: INVOCATION_TARGET, parent: None, "invocation").in_scope(work))
    };
    let enabled = if is_sole {
        let layer = SoleLayer::new(logger.records(), logger.record_filter());
        tracing::subscriber::with_default(registry.with(layer), run)
    } else {
        tracing::subscriber::with_default(registry.with(logger.subscriber_layer()), run)
    };
    (enabled, common::records(&environment))
}

type Configure = fn(LoggerBuilder) -> LoggerBuilder;

#[test]
fn a_sole_layer_writes_and_refuses_the_same_as_a_filtered_one() {
    let settings: [(&str, Configure, usize); 5] = [
        ("INFO", |builder| builder, 3),
        ("DEBUG", |builder| builder.level(LevelFilter::DEBUG), 4),
        (
            "a target",
            |builder| builder.target_level("noisy", LevelFilter::ERROR),
            2,
        ),
        ("sampled", |builder| builder.sample_rate(1.0), 4),
        ("buffered", |builder| builder.buffer(LogBuffer::new()), 3),
    ];
    for (name, configure, records) in settings {
        let (sole, filtered) = (done(true, configure), done(false, configure));
        assert_eq!(sole, filtered, "{name}");
        assert_eq!(sole.1.len(), records, "{name}: {:?}", sole.1);
        assert_eq!(sole.1[0]["tenant"], "acme", "{name}");
    }
}
