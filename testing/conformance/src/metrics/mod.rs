//! Replays cases of metrics.

mod call;

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, bail};
use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::test_util::{ManualClock, MemoryOutput, context, request};
use powertools_lambda_core::{Env, Host, Warnings};
use powertools_lambda_metrics::{Metrics, MetricsBuilder};
use serde::Deserialize;
use serde_json::{Map, Value};
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::metrics::call::{Call, Calls, text_pairs};
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

/// What outlives an invocation.
struct Replayer {
    host: Host,
    clock: ManualClock,
    constructor: Map<String, Value>,
    others: BTreeMap<String, Metrics>,
    /// Python sets default dimensions at run time; here they are configuration of the metrics that are built next.
    defaults: BTreeMap<String, String>,
    /// All that were built: the last handle would write what Python never does.
    kept: Vec<Metrics>,
}

/// Replays a case; returns the lines it prints.
pub(crate) fn replay(case: &Case) -> Result<Vec<String>> {
    let input: Input = serde_json::from_value(case.input.clone())?;
    let clock = ManualClock::at(instant::start(case)?);
    let (output, warnings) = (MemoryOutput::new(), MemoryOutput::new());
    let warnings = Warnings::new(clock.clock(), warnings.output());
    let env = case.env.clone();
    let env = Env::from_lookup(move |name| env.get(name).cloned(), warnings.clone());
    let host = Host::new(env, clock.clock(), output.output(), warnings);
    let mut replayer = Replayer {
        host,
        clock,
        constructor: input.constructor,
        others: BTreeMap::new(),
        defaults: BTreeMap::new(),
        kept: Vec::new(),
    };
    for other in input.other_instances {
        let metrics = replayer.builder(&other.constructor).cold_start(false).build();
        replayer.others.insert(other.name, metrics);
    }
    for invocation in input.invocations {
        replayer.invoke(&invocation)?;
    }
    if !input.calls.is_empty() {
        let metrics = replayer.metrics(&Map::new());
        // A call that fails ends the rest, as an exception does.
        let _ = Calls::new(&mut replayer, metrics).make(&input.calls)?;
    }
    let lines = output.lines();
    drop(replayer);
    Ok(lines)
}

impl Replayer {
    fn builder(&self, constructor: &Map<String, Value>) -> MetricsBuilder {
        let mut builder = Metrics::builder().host(self.host.clone());
        for (key, value) in constructor {
            builder = match (key.as_str(), value.as_str()) {
                ("namespace", Some(namespace)) => builder.namespace(namespace),
                ("service", Some(service)) => builder.service(service),
                ("function_name", Some(name)) => builder.function_name(name),
                _ => builder,
            };
        }
        builder
    }

    /// Builds the case's metrics with the configuration that is a decorator's in Python.
    fn metrics(&mut self, decorator: &Map<String, Value>) -> Metrics {
        let flag = |key: &str| decorator.get(key).and_then(Value::as_bool).unwrap_or(false);
        if let Some(Value::Object(defaults)) = decorator.get("default_dimensions") {
            self.defaults.extend(text_pairs(defaults));
        }
        let mut builder = self
            .builder(&self.constructor)
            .cold_start(flag("capture_cold_start_metric"))
            .warn_on_empty(true);
        for (key, value) in &self.defaults {
            builder = builder.default_dimension(key, value);
        }
        let metrics = builder.build();
        self.kept.push(metrics.clone());
        metrics
    }

    fn invoke(&mut self, invocation: &Invocation) -> Result<()> {
        let metrics = self.metrics(&invocation.decorator);
        let layer = metrics.layer();
        let made = Arc::new(std::sync::Mutex::new(None));
        let (calls, kept) = (Calls::new(self, metrics), Arc::clone(&made));
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
}
