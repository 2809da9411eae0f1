//! A metric with a line of its own.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use powertools_lambda_core::Timestamp;
use serde::Serialize;

use crate::document::Document;
use crate::document::metadata::with_json;
use crate::document::value::Value;
use crate::metric::{MetricName, Resolution, Unit};
use crate::namespace::Namespace;
use crate::utility::MetricsUtility;
use crate::warning::Warning;

/// A metric with a line of its own: with dimensions that the others do not have, or in another namespace.
///
/// Made by [`single_metric`](crate::single_metric()). It has the service as a dimension, and what is set here; not the default
/// dimensions, nor what was set for the invocation.
#[must_use = "a one-off metric is written when it is emitted"]
pub struct SingleMetric {
    utility: Arc<MetricsUtility>,
    document: Box<Document>,
    namespace: Option<Namespace>,
    name: MetricName,
    unit: Unit,
    resolution: Resolution,
    value: f64,
}

impl SingleMetric {
    pub(crate) fn new(utility: Arc<MetricsUtility>, name: MetricName, unit: Unit, value: f64) -> Self {
        Self {
            document: utility.single_pool.take(),
            utility,
            namespace: None,
            name,
            unit,
            resolution: Resolution::Standard,
            value,
        }
    }

    /// Sets the resolution, otherwise [`Resolution::Standard`].
    pub fn resolution(mut self, resolution: Resolution) -> Self {
        self.resolution = resolution;
        self
    }

    /// Sets the namespace, otherwise that of the metrics; one that CloudWatch would refuse costs one warning.
    pub fn namespace(mut self, namespace: &str) -> Self {
        if let Some(namespace) = Namespace::new(namespace, &self.utility.writer.environment) {
            self.namespace = Some(namespace);
        }
        self
    }

    /// Sets a dimension.
    pub fn dimension(self, key: &str, value: &str) -> Self {
        self.with(|document, report| document.dimensions.set(key, value, report))
    }

    /// Adds a further set of dimensions.
    pub fn dimension_set(self, dimensions: &[(&str, &str)]) -> Self {
        self.with(|document, report| document.dimensions.add_set(dimensions, report))
    }

    /// Adds a member to the line that is no metric.
    pub fn metadata(mut self, key: &str, value: impl Serialize) -> Self {
        if !self.utility.is_disabled() {
            let Self { utility, document, .. } = &mut self;
            with_json(&value, |json| {
                document.set_metadata(key, json, &mut |warning| utility.writer.warn(&warning));
            });
        }
        self
    }

    /// Sets the time of the metric, otherwise the time at which it is emitted.
    pub fn timestamp(self, time: SystemTime) -> Self {
        self.with(|document, _| document.timestamp = Some(Timestamp::from(time)))
    }

    /// Puts the line behind those that wait for the end of the invocation, or outside one for the next flush.
    pub fn emit(self) {
        if self.utility.is_disabled() {
            return;
        }
        let Self {
            utility, mut document, ..
        } = self;
        let value = Value {
            resolution: self.resolution,
            ..Value::new(&self.name, self.unit, self.value)
        };
        document.add(&value, &mut |warning| utility.writer.warn(&warning));
        utility.add_single(document, self.namespace.as_ref());
    }

    fn with(mut self, set: impl FnOnce(&mut Document, &mut dyn FnMut(Warning))) -> Self {
        let Self { utility, document, .. } = &mut self;
        utility.writer.add(document, set);
        self
    }
}

impl fmt::Debug for SingleMetric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SingleMetric")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
