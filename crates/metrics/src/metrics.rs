//! The handle.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use powertools_lambda_core::{Invocation, InvocationLayer, Timestamp};
use serde::Serialize;

use crate::document::Document;
use crate::document::metadata::with_json;
use crate::document::value::Value;
use crate::error::EmptyError;
use crate::metric::{MetricName, Number, Resolution, Unit};
use crate::single::SingleMetric;
use crate::utility::MetricsUtility;
use crate::warning::Warning;

/// CloudWatch metrics in Embedded Metric Format.
///
/// What is added during an invocation is written as one line after its response was posted, whatever the outcome; each
/// invocation has a document of its own. A cheap handle: clones share everything.
///
/// Metrics in a second namespace are a second one of these. In an invocation they have a document of their own, which
/// is written along with that of the metrics whose layer is in use; a layer of their own is not needed.
#[derive(Clone)]
pub struct Metrics {
    utility: Arc<MetricsUtility>,
}

impl Metrics {
    /// Returns the layer for [`Runtime::layer`](lambda_runtime::Runtime::layer): it writes the document.
    pub fn layer(&self) -> InvocationLayer {
        InvocationLayer::new(self.utility.writer.host.clone()).with(&self.utility)
    }

    /// Adds a value to a metric of the current invocation; see [`add`](crate::add).
    pub fn add(&self, name: impl Into<MetricName>, unit: Unit, value: impl Number) {
        self.add_with_resolution(name, unit, value, Resolution::Standard);
    }

    /// Adds a value to a metric of the current invocation, kept with this resolution; see [`add`](crate::add).
    pub fn add_with_resolution(
        &self,
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

    /// Sets a dimension of all metrics of the current invocation; see [`dimension`](crate::dimension()).
    pub fn dimension(&self, key: &str, value: &str) {
        self.with_document(|document, report| document.dimensions.set(key, value, report));
    }

    /// Adds a further set of dimensions; see [`dimension_set`](crate::dimension_set).
    pub fn dimension_set(&self, dimensions: &[(&str, &str)]) {
        self.with_document(|document, report| document.dimensions.add_set(dimensions, report));
    }

    /// Adds a member that is no metric to the current invocation's document; see [`metadata`](crate::metadata()).
    pub fn metadata(&self, key: &str, value: impl Serialize) {
        if !self.is_disabled() {
            with_json(&value, |json| {
                self.with_document(|document, report| document.set_metadata(key, json, report));
            });
        }
    }

    /// Sets the time of the current invocation's metrics; see [`timestamp`](crate::timestamp()).
    pub fn timestamp(&self, time: SystemTime) {
        self.with_document(|document, _| document.timestamp = Some(Timestamp::from(time)));
    }

    /// Begins a metric with a line of its own; see [`single`](crate::single()).
    pub fn single(&self, name: impl Into<MetricName>, unit: Unit, value: impl Number) -> SingleMetric {
        SingleMetric::new(Arc::clone(&self.utility), name.into(), unit, value.to_f64())
    }

    /// Writes what was added so far: to the current invocation's document, and outside an invocation.
    ///
    /// The layer does it at the end of each invocation; this is for programs without one, and for what is added after
    /// the last. The next document begins empty: without dimensions, metadata and timestamp.
    pub fn flush(&self) {
        let _ = self.try_flush();
    }

    /// Writes what was added so far, and tells where there was nothing.
    ///
    /// # Errors
    ///
    /// Returns an error when there was no metric to write. Disabled metrics are no error.
    pub fn try_flush(&self) -> Result<(), EmptyError> {
        let in_invocation = Invocation::current().and_then(|invocation| {
            let state = self.utility.state_in(&invocation)?;
            Some(self.utility.flush(state))
        });
        let in_process = self.utility.flush_process_document();
        if in_process || in_invocation.unwrap_or(false) || self.is_disabled() {
            Ok(())
        } else {
            Err(EmptyError::new())
        }
    }

    /// Writes everything that is left: of invocations that are not over, and what was added outside.
    ///
    /// In such an invocation the documents of other metrics are written, too: a second namespace needs no layer.
    /// For the end of the process. Lambda tells it by SIGTERM, to functions that have an extension; `powertools-lambda`
    /// has it wired behind its feature `graceful-shutdown`. What is added later is not lost if there is another flush.
    pub fn shutdown(&self) {
        self.layer().shutdown();
    }

    pub(crate) fn new(utility: Arc<MetricsUtility>) -> Self {
        Self { utility }
    }

    pub(crate) fn utility(&self) -> &Arc<MetricsUtility> {
        &self.utility
    }

    pub(crate) fn is_disabled(&self) -> bool {
        self.utility.is_disabled()
    }

    pub(crate) fn with_document(&self, add: impl FnOnce(&mut Document, &mut dyn FnMut(Warning))) {
        self.utility.with_document(add);
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = self.utility.writer.config.namespace.json();
        f.debug_struct("Metrics")
            .field("namespace", &String::from_utf8_lossy(namespace))
            .finish_non_exhaustive()
    }
}
