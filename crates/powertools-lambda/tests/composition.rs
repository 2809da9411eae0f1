//! The utilities beside layers of a user's own.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::sync::{Arc, Mutex};

use lambda_runtime::{Error, LambdaEvent, LambdaInvocation};
use powertools_lambda::core::test_util::{TestHost, context, request};
use powertools_lambda::logger::Logger;
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
    let host = TestHost::new();
    let logger = Logger::builder().host(host.host().clone()).level(Level::ERROR).build();
    let powertools = Powertools::builder()
        .host(host.host().clone())
        .logger(logger)
        .build()
        .unwrap();
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
        assert_eq!(host.take_lines().len(), 1, "only the error is logged");
    }
}

#[tokio::test]
async fn one_layer_of_the_umbrella_is_the_layers_of_all_utilities() {
    let host = TestHost::new().var("POWERTOOLS_METRICS_NAMESPACE", "Shop");
    let powertools = Powertools::builder().host(host.host().clone()).build().unwrap();
    let subscriber = tracing_subscriber::registry().with(powertools.subscriber_layer());
    let _guard = tracing::subscriber::set_default(subscriber);
    let handler = powertools.handler_layer().layer(service_fn(async |_: LambdaEvent<()>| {
        logger::append_key("order_id", "A-1");
        metrics::add("Orders", metrics::Unit::Count, 1);
        info!("placed");
        Err::<(), _>(Error::from("no stock"))
    }));
    let invocation = powertools.layer().layer(service_fn(move |request: LambdaInvocation| {
        let response = handler.clone().oneshot(LambdaEvent::new((), request.context));
        async move {
            let _ = response.await;
            Ok::<_, Error>(())
        }
    }));
    invocation.oneshot(request(context(), "null")).await.unwrap();
    let lines: Vec<Value> = host
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
