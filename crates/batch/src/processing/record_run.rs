//! `run_record`, which calls the handler for one record and decides what happens if it failed.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::FutureExt;
use lambda_runtime::Error as BoxError;
use pin_project_lite::pin_project;
use powertools_lambda_core::panic_message;
use tower_service::Service;
use tracing::level_filters::LevelFilter;
use tracing::{Instrument, Span, error, error_span, warn};

use super::hook::hook;
use super::options::Options;
use super::policy::ForwardFuture;
use crate::records::Records;
use crate::{BatchRecord, FailureAction, Record, RecordError};

/// How a record ended: its handler succeeded, or one of the rarer cases.
///
/// The rarer cases are boxed; otherwise every result would be as large as the largest of them.
pub(crate) type Ended = Result<(), Box<NotSucceeded>>;

pub(crate) struct NotSucceeded {
    pub(crate) end: End,
    /// Whether the service may handle another record: not if it panicked or its `poll_ready` failed.
    pub(crate) reusable: bool,
}

pub(crate) enum End {
    /// The handler failed, but the record is not to be delivered again.
    Dropped,
    Failed(RecordError),
}

/// Handles one record in its own span. Never panics, even if the user's code panics while it is polled.
#[inline]
pub(crate) fn run_record<'a, S, R>(
    service: &'a mut S,
    records: &'a Arc<Records<R>>,
    index: usize,
    options: &'a Options<R>,
) -> impl Future<Output = Ended> + use<'a, S, R>
where
    S: Service<Record<R>>,
    S::Error: Into<BoxError>,
    R: BatchRecord,
{
    let span = if LevelFilter::current() == LevelFilter::OFF {
        Span::none() // no subscriber: the macro would notice too, but only after it has read the id
    } else {
        // At level ERROR, so that level filters keep the span: its id belongs on every log record.
        error_span!("record", record_id = &*records.items[index].id().unwrap_or_default())
    };
    let run = RecordRun {
        attempt: attempt(service, records, index),
        records,
        index,
        options,
        forward: None,
    };
    run.instrument(span)
}

pin_project! {
    /// A record that is being handled. Must not be polled after it has ended.
    ///
    /// Written by hand because every record pays for it: rare cases are boxed, and no future is moved into another one.
    struct RecordRun<'a, A, R> {
        #[pin]
        attempt: A,
        records: &'a Arc<Records<R>>,
        index: usize,
        options: &'a Options<R>,
        forward: Option<Forwarding>,
    }
}

/// A failed record that a user's future takes care of.
struct Forwarding {
    end: Pin<Box<dyn Future<Output = End> + Send>>,
    reusable: bool,
}

impl<A, R> Future for RecordRun<'_, A, R>
where
    A: Future<Output = Result<(), Attempt>>,
    R: BatchRecord,
{
    type Output = Ended;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        let this = self.project();
        let (records, index, options) = (*this.records, *this.index, *this.options);
        if this.forward.is_none() {
            let (error, reusable) = match catch_unwind(AssertUnwindSafe(|| this.attempt.poll(cx))) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(Ok(()))) => {
                    if let Some(on_success) = &options.on_success {
                        hook(options, "on_success", || on_success(&Record::new(records, index)));
                    }
                    return Poll::Ready(Ok(()));
                }
                Ok(Poll::Ready(Err(Attempt::NotReady(error)))) => (RecordError::returned(error), false),
                Ok(Poll::Ready(Err(Attempt::Failed(error)))) => (RecordError::returned(error), true),
                Err(panic) => (RecordError::panicked(panic.as_ref()), false),
            };
            match judge(&Record::new(records, index), error, options) {
                Judgement::Final(end) => return Poll::Ready(Err(Box::new(NotSucceeded { end, reusable }))),
                Judgement::Forward(error, future) => {
                    let end = Box::pin(forward(future, error));
                    *this.forward = Some(Forwarding { end, reusable });
                }
            }
        }
        let Some(Forwarding { end, reusable }) = this.forward else {
            return Poll::Pending;
        };
        let (end, reusable) = (ready!(end.as_mut().poll(cx)), *reusable);
        Poll::Ready(Err(Box::new(NotSucceeded { end, reusable })))
    }
}

enum Attempt {
    NotReady(BoxError),
    Failed(BoxError),
}

/// Passes the record to the service and awaits the result.
async fn attempt<S, R>(service: &mut S, records: &Arc<Records<R>>, index: usize) -> Result<(), Attempt>
where
    S: Service<Record<R>>,
    S::Error: Into<BoxError>,
    R: BatchRecord,
{
    if let Err(error) = records.items[index].check() {
        return Err(Attempt::Failed(error.into()));
    }
    if let Err(error) = poll_fn(|cx| service.poll_ready(cx)).await {
        return Err(Attempt::NotReady(error.into()));
    }
    match service.call(Record::new(records, index)).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Attempt::Failed(error.into())),
    }
}

enum Judgement {
    Final(End),
    Forward(RecordError, ForwardFuture),
}

/// Decides what happens to a record that failed and logs it once, in the record's span.
#[cold]
fn judge<R: BatchRecord>(record: &Record<R>, error: RecordError, options: &Options<R>) -> Judgement {
    if let Some(on_failure) = &options.on_failure {
        hook(options, "on_failure", || on_failure(record, &error));
    }
    let action = match &options.on_error {
        None => Some(FailureAction::Retry),
        Some(on_error) => hook(options, "on_error", || on_error(record, &error)),
    };
    match action {
        None | Some(FailureAction::Retry) => {
            error!(error = error.as_error(), "record failed");
            Judgement::Final(End::Failed(error))
        }
        Some(FailureAction::Drop) => {
            warn!(error = error.as_error(), "record failed and was dropped");
            Judgement::Final(End::Dropped)
        }
        Some(FailureAction::Forward(future)) => Judgement::Forward(error, future),
    }
}

/// Waits for the future that takes care of a failed record.
async fn forward(future: ForwardFuture, error: RecordError) -> End {
    let second = match AssertUnwindSafe(future.0).catch_unwind().await {
        Ok(Ok(())) => {
            warn!(error = error.as_error(), "record failed and was forwarded");
            return End::Dropped;
        }
        Ok(Err(second)) => second,
        Err(panic) => format!(
            "the future of `FailureAction::forward` panicked: {}",
            panic_message(panic.as_ref())
        )
        .into(),
    };
    warn!(
        error = &*second as &dyn std::error::Error,
        "record could not be forwarded"
    );
    error!(error = error.as_error(), "record failed");
    End::Failed(error)
}
