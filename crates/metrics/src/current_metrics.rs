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

/// Adds to the current invocation's document of one [`Metrics`](crate::Metrics); see
/// [`Metrics::current`](crate::Metrics::current).
///
/// The invocation is looked up at each call, so that a view never writes to another invocation than the one whose code
/// calls it. Outside an invocation it adds to these metrics' document of the process, which the next flush writes.
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

    /// Adds a value to a metric, kept with this resolution; see [`add`](crate::add).
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
            document.add(&Value { resolution, ..value }, report);
        });
    }

    /// Sets a dimension of all metrics of the document; see [`add_dimension`](crate::add_dimension).
    pub fn add_dimension(self, key: &str, value: &str) {
        self.with_document(|document, report| document.dimensions.set(key, value, report));
    }

    /// Adds a further set of dimensions; see [`add_dimension_set`](crate::add_dimension_set).
    pub fn add_dimension_set(self, dimensions: &[(&str, &str)]) {
        self.with_document(|document, report| document.dimensions.add_set(dimensions, report));
    }

    /// Adds a member that is not a metric; see [`add_metadata`](crate::add_metadata).
    pub fn add_metadata(self, key: &str, value: impl Serialize) {
        if !self.utility.is_disabled() {
            with_json(&value, |json| {
                self.with_document(|document, report| document.set_metadata(key, json, report));
            });
        }
    }

    /// Sets the time of the document's metrics; see [`set_timestamp`](crate::set_timestamp).
    pub fn set_timestamp(self, time: SystemTime) {
        self.with_document(|document, _| document.timestamp = Some(Timestamp::from(time)));
    }

    /// Begins a metric with a line of its own; see [`single_metric`](crate::single_metric).
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
