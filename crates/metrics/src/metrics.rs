//! `Metrics`, the handle that users configure and pass around.

use std::fmt;
use std::sync::Arc;

use powertools_lambda_core::{Invocation, InvocationLayer};

use crate::current_metrics::CurrentMetrics;
use crate::error::NoMetricsError;
use crate::utility::MetricsUtility;

/// Writes CloudWatch metrics in the Embedded Metric Format.
///
/// The metrics of an invocation are written as one line after its response has been posted, however the invocation
/// ends, and 250 ms before its deadline, in case it does not end. Each invocation has a separate document. Clones are
/// cheap and share everything.
///
/// The crate's free functions, such as [`add`](crate::add), act on the current invocation. [`current`](Self::current) has
/// the same functions as methods, for these metrics.
///
/// For a second namespace, build a second `Metrics` and use its `current()`. In an invocation it has a separate
/// document, which is written together with that of the metrics whose layer is in use; it does not need a layer.
///
/// ```
/// use powertools_lambda_metrics::Metrics;
///
/// let metrics = Metrics::builder().namespace("Shop").service("orders").default_dimension("stage", "prod").build();
/// let layer = metrics.invocation_layer(); // for `Runtime::layer`
/// ```
#[derive(Clone)]
#[must_use = "pass `invocation_layer()` to `Runtime::layer`: otherwise the metrics of invocations are not written at their end"]
pub struct Metrics {
    utility: Arc<MetricsUtility>,
}

impl Metrics {
    /// Returns the layer for [`Runtime::layer`](lambda_runtime::Runtime::layer), which writes each invocation's
    /// document.
    pub fn invocation_layer(&self) -> InvocationLayer {
        InvocationLayer::new(self.utility.writer.environment.clone()).with(&self.utility)
    }

    /// Returns a view that adds to the current invocation's document of these metrics.
    ///
    /// Use it for metrics in a second namespace. The free functions, such as [`add`](crate::add), write to the metrics
    /// whose layer runs first.
    pub fn current(&self) -> CurrentMetrics<'_> {
        CurrentMetrics::new(&self.utility)
    }

    /// Writes the current invocation's document, and the process's document.
    ///
    /// The layer does this at the end of each invocation. Call it in programs without the layer, and for metrics added
    /// after the last invocation. The next document begins empty: without dimensions, metadata and timestamp.
    pub fn flush(&self) {
        let _ = self.try_flush();
    }

    /// Does the same as [`flush`](Self::flush), and returns an error if there was nothing to write.
    ///
    /// # Errors
    ///
    /// Returns an error if there were no metrics to write, unless metrics are disabled.
    pub fn try_flush(&self) -> Result<(), NoMetricsError> {
        let in_invocation = Invocation::current().and_then(|invocation| {
            let state = self.utility.state_in(&invocation)?;
            Some(self.utility.flush(state))
        });
        let in_process = self.utility.flush_process_document();
        if in_process || in_invocation.unwrap_or(false) || self.is_disabled() {
            Ok(())
        } else {
            Err(NoMetricsError::new())
        }
    }

    /// Writes the documents of all open invocations, and the process's document.
    ///
    /// In open invocations, the documents of other namespaces and the cold start are also written. Call it when the
    /// process ends. Lambda signals that with SIGTERM, but only to functions with an extension; the feature
    /// `graceful-shutdown` of `powertools-lambda` does both. Metrics added later are written with the next flush, if there
    /// is one.
    pub fn shutdown(&self) {
        self.invocation_layer().shutdown();
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
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let namespace = self.utility.writer.config.namespace.json();
        f.debug_struct("Metrics")
            .field("namespace", &String::from_utf8_lossy(namespace))
            .finish_non_exhaustive()
    }
}
