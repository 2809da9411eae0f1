//! Replays logger cases.

mod call;
mod python;
mod settings;

use anyhow::{Context as _, Result};
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation};
use powertools_lambda_core::test_util::{ManualClock, MemoryOutput, context, request};
use powertools_lambda_core::{Environment, HandlerLayer, Variables, Warnings};
use powertools_lambda_logger::Logger;
use serde::Deserialize;
use serde_json::{Map, Value};
use tower::{Service, ServiceExt, service_fn};
use tower_layer::Layer;
use tracing_subscriber::layer::SubscriberExt;

use crate::logger::call::{Call, Raised, Replayer, Stop};
use crate::{Case, instant};

#[derive(Deserialize)]
struct Input {
    #[serde(default)]
    constructor: Map<String, Value>,
    #[serde(default)]
    calls: Vec<Call>,
    #[serde(default)]
    invocations: Vec<Invocation>,
}

#[derive(Deserialize)]
struct Invocation {
    #[serde(default)]
    decorator: Map<String, Value>,
    #[serde(default)]
    event: Value,
    #[serde(default)]
    calls: Vec<Call>,
}

/// Replays a case and returns the records that it prints.
pub(crate) fn replay(case: &Case) -> Result<Vec<String>> {
    let input: Input = serde_json::from_value(case.input.clone())?;
    let clock = ManualClock::at(instant::start(case)?);
    let (output, warnings) = (MemoryOutput::new(), MemoryOutput::new());
    let warnings = Warnings::new(clock.clock(), warnings.output());
    let mut env = case.env.clone();
    if env.contains_key("AWS_LAMBDA_LOG_LEVEL") {
        // Lambda sets its level only with this format; the recorder set it regardless.
        env.entry("AWS_LAMBDA_LOG_FORMAT".to_owned())
            .or_insert_with(|| "JSON".to_owned());
    }
    let trace_header = env.get("_X_AMZN_TRACE_ID").cloned();
    let env = Variables::from_lookup(move |name| env.get(name).cloned(), warnings.clone());
    let environment = Environment::new(env, clock.clock(), output.output(), warnings);
    // A decorator's settings are applied once, to the logger.
    let decorators = input
        .invocations
        .iter()
        .flat_map(|invocation| invocation.decorator.clone());
    let builder = settings::builder(&environment, &input.constructor, &decorators.collect())?;
    let logger = builder.build();
    let mut replayer = Replayer::new(logger.clone(), clock, trace_header);
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, || -> Result<()> {
        if let Err(Stop::Unknown(error)) = replayer.run(&input.calls) {
            return Err(error);
        }
        for invocation in &input.invocations {
            invoke(&mut replayer, &logger, invocation)?;
        }
        Ok(())
    })?;
    Ok(output.lines().iter().map(|record| on_one_line(record)).collect())
}

/// Runs one invocation through both of the logger's layers, as the runtime does.
fn invoke(replayer: &mut Replayer, logger: &Logger, invocation: &Invocation) -> Result<()> {
    let mut context = context();
    context.xray_trace_id = replayer.trace_header.clone();
    let request = request(context, invocation.event.to_string());
    let mut unknown = None;
    replayer.in_invocation = true;
    let handler = |_: LambdaEvent<()>| {
        let outcome = match replayer.run(&invocation.calls) {
            Ok(()) => Ok(()),
            Err(Stop::Raised(error)) => Err(Error::from(Raised::clone(&error))),
            Err(Stop::Unknown(error)) => {
                unknown = Some(error);
                Ok(())
            }
        };
        std::future::ready(outcome)
    };
    let mut handler = HandlerLayer::new().layer(service_fn(handler));
    let service = logger
        .invocation_layer()
        .layer(service_fn(move |request: LambdaInvocation| {
            handler.call(LambdaEvent::new((), request.context))
        }));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let outcome = runtime.block_on(service.oneshot(request));
    // The handler's error is the outcome of the invocation, not a failure of the replay.
    drop(outcome);
    replayer.in_invocation = false;
    unknown.map_or(Ok(()), Err).context("in an invocation")
}

/// Removes the line breaks and indentation of a pretty-printed record; inside texts they are escaped.
fn on_one_line(record: &str) -> String {
    record.lines().map(str::trim_start).collect()
}
