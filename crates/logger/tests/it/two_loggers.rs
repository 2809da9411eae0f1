//! Two loggers in one invocation, which share its keys and have separate buffers.

use std::convert::Infallible;

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::test_util::{context, request};
use powertools_lambda_core::{ErrorReport, Fact, Invocation, Outcome};
use powertools_lambda_logger::{self as logger, LogBuffer, Logger};
use tower::{Layer, ServiceExt, service_fn};
use tracing::{debug, info};
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{self, builder, environment, messages, records};

/// Runs `f` as a handler inside the layers of both loggers.
fn invoke(first: &Logger, second: &Logger, f: impl Fn() + Clone + Send + Sync) {
    let handler = service_fn(move |_: LambdaInvocation| {
        f();
        std::future::ready(Ok::<(), Infallible>(()))
    });
    let subscriber = tracing_subscriber::registry()
        .with(first.subscriber_layer())
        .with(second.subscriber_layer());
    let mut context = context();
    context.xray_trace_id = Some(format!("Root={};Sampled=1", common::TRACE));
    tracing::subscriber::with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let layer = first.invocation_layer().and(&second.invocation_layer());
        let Ok(()) = runtime.block_on(layer.layer(handler).oneshot(request(context, "{}")));
    });
}

#[test]
fn keys_are_on_the_records_of_both() {
    let hosts = [environment(), environment()];
    let loggers = hosts.each_ref().map(|environment| builder(environment).build());
    invoke(&loggers[0], &loggers[1], || {
        logger::append_key("appended", 1);
        logger::set_correlation_id("c-7");
        Invocation::current().unwrap().tell(&Fact::Key {
            key: "told",
            value: 2.into(),
        });
        info!("both");
    });
    for environment in &hosts {
        let records = records(environment);
        assert_eq!(records.len(), 1);
        assert_eq!((&records[0]["appended"], &records[0]["told"]), (&1.into(), &2.into()));
        assert_eq!(records[0]["correlation_id"], "c-7");
    }
}

#[test]
fn flush_and_clear_reach_the_buffer_of_each() {
    let hosts = [environment(), environment()];
    let loggers = hosts
        .each_ref()
        .map(|environment| builder(environment).buffer(LogBuffer::new()).build());
    invoke(&loggers[0], &loggers[1], || {
        debug!("flushed");
        logger::flush_buffer();
        debug!("cleared");
        logger::clear_buffer();
        logger::flush_buffer();
    });
    for environment in &hosts {
        assert_eq!(messages(&records(environment)), ["flushed"]);
    }
}

#[test]
fn each_writes_the_handlers_failure() {
    let hosts = [environment(), environment()];
    let loggers = hosts.each_ref().map(|environment| builder(environment).build());
    invoke(&loggers[0], &loggers[1], || {
        let invocation = Invocation::current().unwrap();
        invocation.report_outcome(Outcome::Failed(ErrorReport::from_debug(&"no stock")));
    });
    for environment in &hosts {
        assert_eq!(messages(&records(environment)), ["handler failed"]);
    }
}
