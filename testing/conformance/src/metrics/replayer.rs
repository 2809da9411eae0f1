//! Builds the metrics of a case.

use std::collections::BTreeMap;

use powertools_lambda_core::Environment;
use powertools_lambda_core::test_util::ManualClock;
use powertools_lambda_metrics::{Metrics, MetricsBuilder};
use serde_json::{Map, Value};

use crate::python;

/// The state that is kept between invocations.
pub(crate) struct Replayer {
    environment: Environment,
    pub(crate) clock: ManualClock,
    constructor: Map<String, Value>,
    pub(crate) others: BTreeMap<String, Metrics>,
    /// The default dimensions. Python sets them at run time; here they configure the metrics that are built next.
    pub(crate) defaults: BTreeMap<String, String>,
    /// All handles that were built: dropping the last one would write data that Python never writes.
    kept: Vec<Metrics>,
}

impl Replayer {
    pub(crate) fn new(environment: Environment, clock: ManualClock, constructor: Map<String, Value>) -> Self {
        Self {
            environment,
            clock,
            constructor,
            others: BTreeMap::new(),
            defaults: BTreeMap::new(),
            kept: Vec::new(),
        }
    }

    pub(crate) fn builder(&self, constructor: &Map<String, Value>) -> MetricsBuilder {
        let mut builder = Metrics::builder().environment(self.environment.clone());
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

    /// Builds the case's metrics with the configuration from Python's decorator.
    pub(crate) fn metrics(&mut self, decorator: &Map<String, Value>) -> Metrics {
        let flag = |key: &str| decorator.get(key).and_then(Value::as_bool).unwrap_or(false);
        if let Some(Value::Object(defaults)) = decorator.get("default_dimensions") {
            self.defaults.extend(python::text_pairs(defaults));
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
}
