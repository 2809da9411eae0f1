//! The handle.

use std::fmt;
use std::sync::Arc;

use powertools_lambda_core::{Invocation, InvocationLayer};

use crate::current_metrics::CurrentMetrics;
use crate::document::Document;
use crate::error::NoMetricsError;
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
    pub fn invocation_layer(&self) -> InvocationLayer {
        InvocationLayer::new(self.utility.writer.environment.clone()).with(&self.utility)
    }

    /// Returns a view that adds to the current invocation's document of these metrics.
    ///
    /// For metrics in a second namespace: the free functions, such as [`add`](crate::add), write to the metrics whose
    /// layer runs first.
    pub fn current(&self) -> CurrentMetrics<'_> {
        CurrentMetrics::new(&self.utility)
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

    /// Writes everything that is left: of invocations that are not over, and what was added outside.
    ///
    /// In such an invocation the documents of other metrics are written, too: a second namespace needs no layer.
    /// For the end of the process. Lambda tells it by SIGTERM, to functions that have an extension; `powertools-lambda`
    /// has it wired behind its feature `graceful-shutdown`. What is added later is not lost if there is another flush.
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
