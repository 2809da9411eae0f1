//! One record: handled, judged, told.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use futures_util::FutureExt;
use lambda_runtime::Error as BoxError;
use tower_service::Service;
use tracing::{Instrument, error, error_span, warn};

use crate::options::Options;
use crate::record::Records;
use crate::{BatchRecord, Record, RecordError, Verdict};

/// How a record ended.
pub(crate) struct Run {
    pub(crate) end: End,
    /// Whether the service may handle another record: not after it panicked or said that it is not ready.
    pub(crate) reusable: bool,
}

pub(crate) enum End {
    Succeeded,
    /// The handler failed, but the record shall not come again.
    Dropped,
    Failed(RecordError),
    /// There was no time left for it.
    NotStarted,
}

/// Handles one record in a span of its own. Never panics, whatever the user's code does when it is polled.
pub(crate) async fn run<S, R>(service: &mut S, records: &Arc<Records<R>>, index: usize, options: &Options<R>) -> Run
where
    S: Service<Record<R>>,
    S::Error: Into<BoxError>,
    R: BatchRecord,
{
    // ERROR, so that a filter for the level leaves it there: its id belongs on every record that is written.
    let span = error_span!("record", record_id = &*records.items[index].id().unwrap_or_default());
    run_in_span(service, records, index, options).instrument(span).await
}

async fn run_in_span<S, R>(service: &mut S, records: &Arc<Records<R>>, index: usize, options: &Options<R>) -> Run
where
    S: Service<Record<R>>,
    S::Error: Into<BoxError>,
    R: BatchRecord,
{
    let attempt = AssertUnwindSafe(attempt(service, Record::new(records, index))).catch_unwind();
    let (error, reusable) = match attempt.await {
        Ok(Ok(())) => {
            if let Some(on_success) = &options.on_success {
                hook(options, || on_success(&Record::new(records, index)));
            }
            return Run {
                end: End::Succeeded,
                reusable: true,
            };
        }
        Ok(Err(Attempt::NotReady(error))) => (RecordError::returned(error), false),
        Ok(Err(Attempt::Failed(error))) => (RecordError::returned(error), true),
        Err(panic) => (RecordError::panicked(panic.as_ref()), false),
    };
    // In a box: every record's future would be as big as the rare one's.
    let end = Box::pin(judge(&Record::new(records, index), error, options)).await;
    Run { end, reusable }
}

enum Attempt {
    NotReady(BoxError),
    Failed(BoxError),
}

async fn attempt<S, R>(service: &mut S, record: Record<R>) -> Result<(), Attempt>
where
    S: Service<Record<R>>,
    S::Error: Into<BoxError>,
{
    if let Err(error) = poll_fn(|cx| service.poll_ready(cx)).await {
        return Err(Attempt::NotReady(error.into()));
    }
    match service.call(record).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Attempt::Failed(error.into())),
    }
}

/// Decides what becomes of a record that failed, and tells of it: once, in the record's span.
async fn judge<R: BatchRecord>(record: &Record<R>, error: RecordError, options: &Options<R>) -> End {
    if let Some(on_failure) = &options.on_failure {
        hook(options, || on_failure(record, &error));
    }
    let verdict = match &options.on_error {
        None => Some(Verdict::Retry),
        Some(on_error) => hook(options, || on_error(record, &error)),
    };
    match verdict {
        None | Some(Verdict::Retry) => {
            error!(error = error.as_error(), "record failed");
            End::Failed(error)
        }
        Some(Verdict::Drop) => {
            warn!(error = error.as_error(), "record failed and was dropped");
            End::Dropped
        }
        Some(Verdict::HandOver(future)) => match AssertUnwindSafe(future.0).catch_unwind().await {
            Ok(Ok(())) => {
                warn!(error = error.as_error(), "record failed and was handed over");
                End::Dropped
            }
            Ok(Err(second)) => {
                let second = RecordError::returned(second);
                warn!(error = second.as_error(), "record could not be handed over");
                error!(error = error.as_error(), "record failed");
                End::Failed(error)
            }
            Err(panic) => {
                let second = RecordError::panicked(panic.as_ref());
                warn!(error = second.as_error(), "record could not be handed over");
                error!(error = error.as_error(), "record failed");
                End::Failed(error)
            }
        },
    }
}

/// Runs a user's hook; its panic is one warning and changes nothing.
pub(crate) fn hook<T, R>(options: &Options<R>, hook: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(hook)) {
        Ok(value) => Some(value),
        Err(panic) => {
            let panic = RecordError::panicked(panic.as_ref());
            options.warn("batch hook", format_args!("in a hook of the batch, {panic}"));
            None
        }
    }
}
