//! `CurrentMetrics`, which adds to the current invocation's document of a given `Metrics`.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use powertools_lambda_core::Timestamp;
use serde::Serialize;

use crate::document::Document;
use crate::document::metadata::with_json;
use crate::document::value::Value;
use crate::metric::{MetricName, Number, Resolution, Unit};
use crate::single::SingleMetric;
use crate::utility::MetricsUtility;
use crate::warning::Warning;

/// Adds to the current invocation's document of one [`Metrics`](crate::Metrics).
///
/// Returned by [`Metrics::current`](crate::Metrics::current). Each call looks up the invocation, so that a view always
/// writes to the invocation whose code calls it. Outside an invocation it adds to the process's document, which is
/// written with the next flush.
///
/// ```
/// use powertools_lambda_metrics::{Metrics, Unit};
///
/// let billing = Metrics::builder().namespace("Billing").build();
/// // in the handler:
/// billing.current().add("InvoicesSent", Unit::Count, 1);
/// ```
#[derive(Clone, Copy)]
#[must_use = "a view does nothing until something is added"]
pub struct CurrentMetrics<'a> {
    utility: &'a Arc<MetricsUtility>,
}

impl<'a> CurrentMetrics<'a> {
    pub(crate) fn new(utility: &'a Arc<MetricsUtility>) -> Self {
        Self { utility }
    }

    /// Adds a value to a metric; see [`add`](crate::add).
    pub fn add(self, name: impl Into<MetricName>, unit: Unit, value: impl Number) {
        self.add_with_resolution(name, unit, value, Resolution::Standard);
    }

    /// Adds a value to a metric with this resolution; see [`add`](crate::add).
    pub fn add_with_resolution(
        self,
        name: impl Into<MetricName>,
        unit: Unit,
        value: impl Number,
        resolution: Resolution,
    ) {
        let (name, number) = (name.into(), value.to_f64());
        self.with_document(|document, report| {
            let value = Value::new(&name, unit, number);
            document.add(Value { resolution, ..value }, report);
        });
    }

    /// Sets a dimension of all metrics of the document; see [`add_dimension`](crate::add_dimension).
    pub fn add_dimension(self, key: &str, value: &str) {
        self.with_document(|document, report| document.dimensions.set(key, value, report));
    }

    /// Adds another set of dimensions; see [`add_dimension_set`](crate::add_dimension_set).
    pub fn add_dimension_set(self, dimensions: &[(&str, &str)]) {
        self.with_document(|document, report| document.dimensions.add_set(dimensions, report));
    }

    /// Adds a field that is not a metric; see [`add_metadata`](crate::add_metadata).
    pub fn add_metadata(self, key: &str, value: impl Serialize) {
        if !self.utility.is_disabled() {
            with_json(&value, |json| {
                self.with_document(|document, report| document.set_metadata(key, json, report));
            });
        }
    }

    /// Sets the timestamp of the document's metrics; see [`set_timestamp`](crate::set_timestamp).
    pub fn set_timestamp(self, time: SystemTime) {
        self.with_document(|document, _| document.timestamp = Some(Timestamp::from(time)));
    }

    /// Begins a metric on a separate line; see [`single_metric`](crate::single_metric).
    pub fn single_metric(self, name: impl Into<MetricName>, unit: Unit, value: impl Number) -> SingleMetric {
        SingleMetric::new(Arc::clone(self.utility), name.into(), unit, value.to_f64())
    }

    fn with_document(self, add: impl FnOnce(&mut Document, &mut dyn FnMut(Warning))) {
        self.utility.with_document(add);
    }
}

impl fmt::Debug for CurrentMetrics<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CurrentMetrics").finish_non_exhaustive()
    }
}
