//! One record: handled, judged, told.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures_util::FutureExt;
use lambda_runtime::Error as BoxError;
use pin_project_lite::pin_project;
use powertools_lambda_core::panic_message;
use tower_service::Service;
use tracing::{Span, error, error_span, warn};

use crate::options::Options;
use crate::policy::HandOver;
use crate::record::Records;
use crate::{BatchRecord, Record, RecordError, Verdict};

/// How a record ended.
pub(crate) struct Ended {
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

pin_project! {
    /// Handles one record in a span of its own. Never panics, whatever the user's code does when it is polled.
    ///
    /// One future and one `catch_unwind` a poll, because each record pays for it: an `async fn` in `Instrumented` in
    /// `CatchUnwind` costs more than all the rest of a batch.
    pub(crate) struct Run<'a, S, F, R> {
        service: &'a mut S,
        records: &'a Arc<Records<R>>,
        index: usize,
        options: &'a Options<R>,
        span: Span,
        #[pin]
        stage: Stage<F>,
    }

    impl<'a, S, F, R> PinnedDrop for Run<'a, S, F, R> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            if !matches!(*this.stage, Stage::Ended) {
                // What a record does when it is given up is told in its span as well.
                let _entered = this.span.enter();
                end_quietly(this.stage);
            }
        }
    }
}

pin_project! {
    #[project = StageProjection]
    enum Stage<F> {
        // The service may not be ready yet.
        NotCalled,
        Called { #[pin] future: F },
        HandingOver { future: Pin<Box<dyn Future<Output = End> + Send>>, reusable: bool },
        Ended,
    }
}

/// Handles the record at `index`.
pub(crate) fn run<'a, S, R>(
    service: &'a mut S,
    records: &'a Arc<Records<R>>,
    index: usize,
    options: &'a Options<R>,
) -> Run<'a, S, S::Future, R>
where
    S: Service<Record<R>>,
    R: BatchRecord,
{
    Run {
        service,
        records,
        index,
        options,
        // ERROR, so that a filter for the level leaves it there: its id belongs on every record that is written.
        span: error_span!("record", record_id = &*records.items[index].id().unwrap_or_default()),
        stage: Stage::NotCalled,
    }
}

impl<S, R> Future for Run<'_, S, S::Future, R>
where
    S: Service<Record<R>>,
    S::Error: Into<BoxError>,
    R: BatchRecord,
{
    type Output = Ended;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Ended> {
        let mut this = self.project();
        let _entered = this.span.enter();
        let (records, index, options) = (*this.records, *this.index, *this.options);
        if !matches!(*this.stage, Stage::HandingOver { .. }) {
            let attempt = || attempt(this.service, records, index, this.stage.as_mut(), cx);
            let (error, reusable) = match catch_unwind(AssertUnwindSafe(attempt)) {
                Ok(Poll::Pending) => return Poll::Pending,
                Ok(Poll::Ready(Ok(()))) => {
                    if let Some(on_success) = &options.on_success {
                        hook(options, "on_success", || on_success(&Record::new(records, index)));
                    }
                    return Poll::Ready(Ended {
                        end: End::Succeeded,
                        reusable: true,
                    });
                }
                Ok(Poll::Ready(Err(Attempt::NotReady(error)))) => (RecordError::returned(error), false),
                Ok(Poll::Ready(Err(Attempt::Failed(error)))) => (RecordError::returned(error), true),
                Err(panic) => {
                    end_quietly(this.stage.as_mut());
                    (RecordError::panicked(panic.as_ref()), false)
                }
            };
            match judge(&Record::new(records, index), error, options) {
                Judgement::Final(end) => return Poll::Ready(Ended { end, reusable }),
                Judgement::HandOver(error, future) => {
                    let future = Box::pin(hand_over(future, error));
                    this.stage.set(Stage::HandingOver { future, reusable });
                }
            }
        }
        let StageProjection::HandingOver { future, reusable } = this.stage.as_mut().project() else {
            return Poll::Pending; // polled after completion, which a future need not answer
        };
        let (end, reusable) = (ready!(future.as_mut().poll(cx)), *reusable);
        this.stage.set(Stage::Ended);
        Poll::Ready(Ended { end, reusable })
    }
}

enum Attempt {
    NotReady(BoxError),
    Failed(BoxError),
}

/// Hands the record to the service, and polls what comes of it.
fn attempt<S, R>(
    service: &mut S,
    records: &Arc<Records<R>>,
    index: usize,
    mut stage: Pin<&mut Stage<S::Future>>,
    cx: &mut Context<'_>,
) -> Poll<Result<(), Attempt>>
where
    S: Service<Record<R>>,
    S::Error: Into<BoxError>,
{
    if matches!(*stage, Stage::NotCalled) {
        if let Err(error) = ready!(service.poll_ready(cx)) {
            stage.set(Stage::Ended);
            return Poll::Ready(Err(Attempt::NotReady(error.into())));
        }
        let future = service.call(Record::new(records, index));
        stage.set(Stage::Called { future });
    }
    let StageProjection::Called { future } = stage.as_mut().project() else {
        return Poll::Pending; // polled after completion, which a future need not answer
    };
    let ended = match ready!(future.poll(cx)) {
        Ok(_) => Ok(()),
        Err(error) => Err(Attempt::Failed(error.into())),
    };
    stage.set(Stage::Ended);
    Poll::Ready(ended)
}

/// Drops what is left of a record. That it panics as well changes nothing any more.
fn end_quietly<F>(mut stage: Pin<&mut Stage<F>>) {
    _ = catch_unwind(AssertUnwindSafe(|| stage.set(Stage::Ended)));
}

enum Judgement {
    Final(End),
    HandOver(RecordError, HandOver),
}

/// Decides what becomes of a record that failed, and tells of it: once, in the record's span.
#[cold]
fn judge<R: BatchRecord>(record: &Record<R>, error: RecordError, options: &Options<R>) -> Judgement {
    if let Some(on_failure) = &options.on_failure {
        hook(options, "on_failure", || on_failure(record, &error));
    }
    let verdict = match &options.on_error {
        None => Some(Verdict::Retry),
        Some(on_error) => hook(options, "on_error", || on_error(record, &error)),
    };
    match verdict {
        None | Some(Verdict::Retry) => {
            error!(error = error.as_error(), "record failed");
            Judgement::Final(End::Failed(error))
        }
        Some(Verdict::Drop) => {
            warn!(error = error.as_error(), "record failed and was dropped");
            Judgement::Final(End::Dropped)
        }
        Some(Verdict::HandOver(future)) => Judgement::HandOver(error, future),
    }
}

/// Waits until somebody else has taken care of a record.
async fn hand_over(future: HandOver, error: RecordError) -> End {
    let second = match AssertUnwindSafe(future.0).catch_unwind().await {
        Ok(Ok(())) => {
            warn!(error = error.as_error(), "record failed and was handed over");
            return End::Dropped;
        }
        Ok(Err(second)) => second,
        Err(panic) => format!("the hand-over panicked: {}", panic_message(panic.as_ref())).into(),
    };
    warn!(error = &*second as &dyn std::error::Error, "record could not be handed over");
    error!(error = error.as_error(), "record failed");
    End::Failed(error)
}

/// Runs a user's hook; its panic is one warning and changes nothing.
pub(crate) fn hook<T, R>(options: &Options<R>, name: &str, hook: impl FnOnce() -> T) -> Option<T> {
    match catch_unwind(AssertUnwindSafe(hook)) {
        Ok(value) => Some(value),
        Err(panic) => {
            let message = panic_message(panic.as_ref());
            options.warn(
                &format!("batch {name}"),
                format_args!("{name} of a batch panicked: {message}"),
            );
            None
        }
    }
}
