//! `Options`, the settings of a `Batch`.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::Error as BoxError;
use powertools_lambda_core::Environment;

use crate::{BatchSummary, FailureAction, FailurePolicy, FullFailurePolicy, Record, RecordError};

/// How a batch is processed, apart from the service that handles its records.
pub(crate) struct Options<R> {
    pub(crate) concurrency: usize,
    pub(crate) failure_policy: Option<FailurePolicy>,
    pub(crate) full_failure_policy: FullFailurePolicy,
    pub(crate) deadline_margin: Duration,
    pub(crate) on_error: Option<Arc<ErrorHook<R>>>,
    pub(crate) on_success: Option<Arc<SuccessHook<R>>>,
    pub(crate) on_failure: Option<Arc<FailureHook<R>>>,
    pub(crate) on_finish: Option<Arc<FinishHook>>,
    pub(crate) back_off: Option<Arc<BackOffFn<R>>>,
    pub(crate) environment: Option<Environment>,
}

pub(crate) type ErrorHook<R> = dyn Fn(&Record<R>, &RecordError) -> FailureAction + Send + Sync;
pub(crate) type SuccessHook<R> = dyn Fn(&Record<R>) + Send + Sync;
pub(crate) type FailureHook<R> = dyn Fn(&Record<R>, &RecordError) + Send + Sync;
pub(crate) type FinishHook = dyn Fn(&BatchSummary) + Send + Sync;
pub(crate) type BackOffFn<R> = dyn Fn(Vec<Record<R>>) -> BackingOff + Send + Sync;
pub(crate) type BackingOff = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

impl<R> Default for Options<R> {
    fn default() -> Self {
        Self {
            concurrency: 1,
            failure_policy: None,
            full_failure_policy: FullFailurePolicy::default(),
            deadline_margin: Duration::from_millis(500),
            on_error: None,
            on_success: None,
            on_failure: None,
            on_finish: None,
            back_off: None,
            environment: None,
        }
    }
}

impl<R> Clone for Options<R> {
    fn clone(&self) -> Self {
        Self {
            on_error: self.on_error.clone(),
            on_success: self.on_success.clone(),
            on_failure: self.on_failure.clone(),
            on_finish: self.on_finish.clone(),
            back_off: self.back_off.clone(),
            environment: self.environment.clone(),
            ..*self
        }
    }
}

impl<R> Options<R> {
    /// Warns once about a failure that is not a record's, such as a hook's panic.
    pub(crate) fn warn(&self, key: &str, message: std::fmt::Arguments<'_>) {
        let environment = self.environment.clone().unwrap_or_default();
        environment.warnings().once(key, message);
    }
}
