//! Replays metrics cases.

mod call;
mod replayer;

use std::sync::Arc;

use anyhow::{Result, bail};
use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::test_util::{ManualClock, MemoryOutput, context, request};
use powertools_lambda_core::{Environment, Variables, Warnings};
use serde::Deserialize;
use serde_json::{Map, Value};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::metrics::call::{Call, Calls};
use crate::metrics::replayer::Replayer;
use crate::{Case, instant};

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Input {
    constructor: Map<String, Value>,
    other_instances: Vec<Instance>,
    invocations: Vec<Invocation>,
    calls: Vec<Call>,
}

#[derive(Deserialize)]
struct Instance {
    name: String,
    #[serde(default)]
    constructor: Map<String, Value>,
}

#[derive(Deserialize)]
struct Invocation {
    #[serde(default)]
    decorator: Map<String, Value>,
    #[serde(default)]
    calls: Vec<Call>,
}

/// Replays a case and returns the lines that it prints.
pub(crate) fn replay(case: &Case) -> Result<Vec<String>> {
    let input: Input = serde_json::from_value(case.input.clone())?;
    let clock = ManualClock::at(instant::start(case)?);
    let (output, warnings) = (MemoryOutput::new(), MemoryOutput::new());
    let warnings = Warnings::new(clock.clock(), warnings.output());
    let env = case.env.clone();
    let env = Variables::from_lookup(move |name| env.get(name).cloned(), warnings.clone());
    let environment = Environment::new(env, clock.clock(), output.output(), warnings);
    let mut replayer = Replayer::new(environment, clock, input.constructor);
    for other in input.other_instances {
        let metrics = replayer.builder(&other.constructor).cold_start(false).build();
        replayer.others.insert(other.name, metrics);
    }
    for invocation in input.invocations {
        invoke(&mut replayer, &invocation)?;
    }
    if !input.calls.is_empty() {
        let metrics = replayer.metrics(&Map::new());
        // A failed call skips the rest, as an exception does.
        let _ = Calls::new(&mut replayer, metrics).make(&input.calls)?;
    }
    let lines = output.lines();
    drop(replayer);
    Ok(lines)
}

/// Runs one invocation as the runtime does.
fn invoke(replayer: &mut Replayer, invocation: &Invocation) -> Result<()> {
    let metrics = replayer.metrics(&invocation.decorator);
    let layer = metrics.invocation_layer();
    let made = Arc::new(std::sync::Mutex::new(None));
    let (calls, kept) = (Calls::new(replayer, metrics), Arc::clone(&made));
    let mut calls = Some((calls, &invocation.calls));
    let handler = service_fn(move |_: LambdaInvocation| {
        let ended = calls.take().map(|(mut calls, list)| calls.make(list));
        let answer = match &ended {
            Some(Ok(Err(raised))) => Err(Error::from(raised.to_string())),
            _ => Ok(()),
        };
        *kept.lock().unwrap() = ended;
        std::future::ready(answer)
    });
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let _ = runtime.block_on(layer.layer(handler).oneshot(request(context(), "")));
    let ended = made.lock().unwrap().take();
    match ended {
        Some(Err(error)) => Err(error),
        Some(Ok(_)) => Ok(()),
        None => bail!("the handler was not called"),
    }
}
