//! Replays the calls of a metrics case on the public API.

use std::fmt;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use powertools_lambda_metrics::{Metrics, Resolution, SingleMetric, Unit};
use serde::ser::Error;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::metrics::replayer::Replayer;
use crate::python;

/// A call of the metrics utility.
#[derive(Deserialize)]
pub(crate) struct Call {
    op: String,
    object: Option<String>,
    #[serde(default)]
    body: Vec<Call>,
    #[serde(flatten)]
    arguments: Map<String, Value>,
}

/// An exception that the case raises.
#[derive(Debug)]
pub(crate) struct Raised;

/// The calls inside an invocation, or outside of one.
pub(crate) struct Calls<'a> {
    replayer: &'a mut Replayer,
    metrics: Metrics,
    /// Default dimensions that are set after the metrics were built.
    late_defaults: Vec<(String, String)>,
}

impl<'a> Calls<'a> {
    pub(crate) fn new(replayer: &'a mut Replayer, metrics: Metrics) -> Self {
        Self {
            replayer,
            metrics,
            late_defaults: Vec::new(),
        }
    }

    /// Makes the calls until one raises.
    pub(crate) fn make(&mut self, calls: &[Call]) -> Result<Result<(), Raised>> {
        for call in calls {
            if self.call(call)?.is_err() {
                return Ok(Err(Raised));
            }
        }
        Ok(Ok(()))
    }

    fn call(&mut self, call: &Call) -> Result<Result<(), Raised>> {
        let metrics = match &call.object {
            Some(name) => self.replayer.others.get(name).unwrap_or(&self.metrics).clone(),
            None => self.metrics.clone(),
        };
        match call.op.as_str() {
            "add_metric" => add_metric(&metrics, call),
            "add_metric_loop" => add_metric_loop(&metrics, call)?,
            "add_dimension" => metrics.current().add_dimension(&call.text("name"), &call.text("value")),
            "add_dimension_loop" => {
                for number in call.range()? {
                    metrics
                        .current()
                        .add_dimension(&format!("d{number}"), &number.to_string());
                }
            }
            "add_dimensions" => {
                let own = call.pairs("dimensions");
                let all: Vec<_> = self.late_defaults.iter().chain(&own).collect();
                let all: Vec<(&str, &str)> = all.iter().map(|(key, value)| (&**key, &**value)).collect();
                if !own.is_empty() {
                    metrics.current().add_dimension_set(&all);
                }
            }
            "set_default_dimensions" => {
                for (key, value) in call.pairs("dimensions") {
                    metrics.current().add_dimension(&key, &value);
                    self.replayer.defaults.insert(key.clone(), value.clone());
                    self.late_defaults.push((key, value));
                }
            }
            "clear_default_dimensions" => {
                self.replayer.defaults.clear();
                self.late_defaults.clear();
            }
            "add_metadata" => {
                let key = call.text("key");
                match call.arguments.get("value") {
                    Some(value) if python::expression(value).is_some() => {
                        metrics
                            .current()
                            .add_metadata(&key, Unserialisable(python::text(value)));
                    }
                    value => metrics.current().add_metadata(&key, value),
                }
            }
            "set_timestamp" => {
                if let Some(time) = call.arguments.get("timestamp").and_then(python::moment) {
                    metrics
                        .current()
                        .set_timestamp(std::time::UNIX_EPOCH + Duration::from_millis(time.as_millis()));
                }
            }
            "flush_metrics" | "flush" => {
                // The caller decides whether an empty flush is an error; it prints nothing in either case.
                let _ = metrics.try_flush();
                for (key, value) in &self.late_defaults {
                    metrics.current().add_dimension(key, value);
                }
            }
            "single_metric" => return self.single_metric(&metrics, call),
            "expect_error" => {
                let _ = self.make(&call.body)?;
            }
            "advance_clock" => {
                let millis = call.arguments.get("ms").and_then(Value::as_u64).context("no ms")?;
                self.replayer.clock.advance(Duration::from_millis(millis));
            }
            "raise" => return Ok(Err(Raised)),
            unknown => bail!("unknown operation {unknown:?}"),
        }
        Ok(Ok(()))
    }

    fn single_metric(&mut self, metrics: &Metrics, call: &Call) -> Result<Result<(), Raised>> {
        let arguments = match call.arguments.get("args") {
            Some(Value::Object(arguments)) => arguments,
            _ => &call.arguments,
        };
        let (Some(name), Some(unit), Some(value)) = (
            arguments.get("name").map(python::text),
            arguments.get("unit").and_then(unit),
            arguments.get("value").and_then(python::number),
        ) else {
            return Ok(Err(Raised));
        };
        let mut single = metrics.current().single_metric(name, unit, value);
        if let Some(resolution) = arguments.get("resolution").and_then(resolution) {
            single = single.resolution(resolution);
        }
        if let Some(namespace) = arguments.get("namespace").and_then(Value::as_str) {
            single = single.namespace(namespace);
        }
        if let Some(Value::Object(dimensions)) = arguments.get("default_dimensions") {
            for (key, value) in python::text_pairs(dimensions) {
                single = single.dimension(&key, &value);
            }
        }
        for inner in &call.body {
            match inner.op.as_str() {
                // Only the first metric counts.
                "add_metric" => {}
                "add_dimension" => single = single.dimension(&inner.text("name"), &inner.text("value")),
                "add_dimensions" => single = with_set(single, &inner.pairs("dimensions")),
                "add_metadata" => single = single.metadata(&inner.text("key"), inner.arguments.get("value")),
                "set_timestamp" => {
                    if let Some(time) = inner.arguments.get("timestamp").and_then(python::moment) {
                        single = single.timestamp(std::time::UNIX_EPOCH + Duration::from_millis(time.as_millis()));
                    }
                }
                _ => {
                    if self.call(inner)?.is_err() {
                        return Ok(Err(Raised));
                    }
                }
            }
        }
        single.emit();
        Ok(Ok(()))
    }
}

impl Call {
    fn text(&self, key: &str) -> String {
        self.arguments.get(key).map(python::text).unwrap_or_default()
    }

    /// Returns the dimensions, which are in a separate map or are the arguments themselves.
    fn pairs(&self, key: &str) -> Vec<(String, String)> {
        let named = [key, "kwargs", "args"]
            .into_iter()
            .find_map(|key| self.arguments.get(key));
        match named {
            Some(Value::Object(pairs)) => python::text_pairs(pairs).collect(),
            _ => python::text_pairs(&self.arguments).collect(),
        }
    }

    fn range(&self) -> Result<std::ops::Range<u64>> {
        let bound = |key: &str| self.arguments.get(key).and_then(Value::as_u64);
        Ok(bound("from").unwrap_or(0)..bound("to").context("a loop without an end")?)
    }
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("raised by the case")
    }
}

/// A value that Python's `json` cannot serialize.
struct Unserialisable(String);

impl Serialize for Unserialisable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom(&self.0))
    }
}

/// Adds a value. An invalid type is a compile error in Rust and an exception in Python; neither prints anything.
fn add_metric(metrics: &Metrics, call: &Call) {
    let argument = |key: &str| call.arguments.get(key);
    let resolution = match argument("resolution") {
        Some(value) => resolution(value),
        None => Some(Resolution::Standard),
    };
    if let (Some(unit), Some(value), Some(resolution)) = (
        argument("unit").and_then(unit),
        argument("value").and_then(python::number),
        resolution,
    ) {
        metrics
            .current()
            .add_with_resolution(call.text("name"), unit, value, resolution);
    }
}

/// `name` is `'text'` or `f'm{i}'`, `value` a number or `i`.
fn add_metric_loop(metrics: &Metrics, call: &Call) -> Result<()> {
    let unit = call.arguments.get("unit").and_then(unit).context("no unit")?;
    let resolution = call
        .arguments
        .get("resolution")
        .and_then(resolution)
        .unwrap_or_default();
    let (name, value) = (call.text("name"), call.text("value"));
    let name = name.trim_start_matches('f').trim_matches(['\'', '"']);
    for number in call.range()? {
        let number = number.to_string();
        let value: f64 = value.replace('i', &number).parse().context("no value")?;
        metrics
            .current()
            .add_with_resolution(name.replace("{i}", &number), unit, value, resolution);
    }
    Ok(())
}

fn with_set(single: SingleMetric, set: &[(String, String)]) -> SingleMetric {
    let set: Vec<(&str, &str)> = set.iter().map(|(key, value)| (&**key, &**value)).collect();
    single.dimension_set(&set)
}

/// Returns a unit by its text, or by the name of Python's enum member.
fn unit(value: &Value) -> Option<Unit> {
    let text = python::text(value);
    let text = text.trim_start_matches("MetricUnit.").trim_end_matches(".value");
    let is_it = |unit: &Unit| unit.as_str() == text || format!("{unit:?}") == text;
    if text == "NoUnit" {
        return Some(Unit::None);
    }
    Unit::ALL.iter().copied().find(is_it)
}

fn resolution(value: &Value) -> Option<Resolution> {
    match python::text(value).trim_start_matches("MetricResolution.") {
        "1" | "High" => Some(Resolution::High),
        "60" | "Standard" => Some(Resolution::Standard),
        _ => None,
    }
}
