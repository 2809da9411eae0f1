//! The options of a batch.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::Error as BoxError;
use powertools_lambda_core::Host;

use crate::{AfterFailure, FullFailure, Record, RecordError, Summary, Verdict};

/// How a batch is processed, whatever handles its records.
pub(crate) struct Options<R> {
    pub(crate) concurrency: usize,
    pub(crate) after_failure: Option<AfterFailure>,
    pub(crate) full_failure: FullFailure,
    pub(crate) deadline_margin: Duration,
    pub(crate) on_error: Option<Arc<OnError<R>>>,
    pub(crate) on_success: Option<Arc<OnSuccess<R>>>,
    pub(crate) on_failure: Option<Arc<OnFailure<R>>>,
    pub(crate) on_finish: Option<Arc<OnFinish>>,
    pub(crate) back_off: Option<Arc<BackOffFn<R>>>,
    pub(crate) host: Option<Host>,
}

pub(crate) type OnError<R> = dyn Fn(&Record<R>, &RecordError) -> Verdict + Send + Sync;
pub(crate) type OnSuccess<R> = dyn Fn(&Record<R>) + Send + Sync;
pub(crate) type OnFailure<R> = dyn Fn(&Record<R>, &RecordError) + Send + Sync;
pub(crate) type OnFinish = dyn Fn(&Summary) + Send + Sync;
pub(crate) type BackOffFn<R> = dyn Fn(Vec<Record<R>>) -> BackingOff + Send + Sync;
pub(crate) type BackingOff = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

impl<R> Default for Options<R> {
    fn default() -> Self {
        Self {
            concurrency: 1,
            after_failure: None,
            full_failure: FullFailure::default(),
            deadline_margin: Duration::from_millis(500),
            on_error: None,
            on_success: None,
            on_failure: None,
            on_finish: None,
            back_off: None,
            host: None,
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
            host: self.host.clone(),
            ..*self
        }
    }
}

impl<R> Options<R> {
    /// Warns once about something that went wrong beside the records.
    pub(crate) fn warn(&self, key: &str, message: std::fmt::Arguments<'_>) {
        let host = self.host.clone().unwrap_or_default();
        host.warnings().once(key, message);
    }
}
