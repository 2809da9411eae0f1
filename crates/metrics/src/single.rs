//! `SingleMetric`, a metric on a separate line.

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

/// A metric on a separate line, with different dimensions or in another namespace.
///
/// Returned by [`single_metric`](crate::single_metric()). Its dimensions are the service and those set here, without
/// the default dimensions and those of the invocation.
#[must_use = "call `emit`: otherwise the metric is not written"]
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

    /// Sets the resolution. Default: [`Resolution::Standard`].
    pub fn resolution(mut self, resolution: Resolution) -> Self {
        self.resolution = resolution;
        self
    }

    /// Sets the namespace. Default: that of the metrics.
    ///
    /// An invalid namespace is ignored, with one warning.
    pub fn namespace(mut self, namespace: &str) -> Self {
        if let Some(namespace) = Namespace::new(namespace, &self.utility.writer.environment) {
            self.namespace = Some(namespace);
        }
        self
    }

    /// Sets a dimension; see [`add_dimension`](crate::add_dimension()).
    pub fn dimension(self, key: &str, value: &str) -> Self {
        self.with(|document, report| document.dimensions.set(key, value, report))
    }

    /// Adds another set of dimensions; see [`add_dimension_set`](crate::add_dimension_set()).
    pub fn dimension_set(self, dimensions: &[(&str, &str)]) -> Self {
        self.with(|document, report| document.dimensions.add_set(dimensions, report))
    }

    /// Adds a field that is not a metric; see [`add_metadata`](crate::add_metadata()).
    pub fn metadata(mut self, key: &str, value: impl Serialize) -> Self {
        if !self.utility.is_disabled() {
            let Self { utility, document, .. } = &mut self;
            with_json(&value, |json| {
                document.set_metadata(key, json, &mut |warning| utility.writer.warn(&warning));
            });
        }
        self
    }

    /// Sets the timestamp of the metric. Default: the time at which it is emitted.
    pub fn timestamp(self, time: SystemTime) -> Self {
        self.with(|document, _| document.timestamp = Some(Timestamp::from(time)))
    }

    /// Emits the metric; its line is written at the end of the invocation or, outside an invocation, with the next
    /// flush.
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
        document.add(value, &mut |warning| utility.writer.warn(&warning));
        utility.in_use().add_single(document, self.namespace.as_ref());
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
