//! `BatchRun`, which starts the records of a batch one after the other or concurrently and keeps track of them.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;

use futures_util::stream::{FuturesUnordered, StreamExt};
use lambda_runtime::{Context, Error as BoxError};
use powertools_lambda_core::panic_message;
use tower_service::Service;
use tracing::{error, error_span, warn};

use super::deadline::Deadline;
use super::hook::hook;
use super::ledger::{Ledger, State};
use super::options::Options;
use super::progress::Progress;
use super::record_run::{Ended, run_record};
use super::schedule::Schedule;
use crate::records::Records;
use crate::{BatchRecord, DeliveryOrder, Record, RecordError};

/// A batch that is being processed.
pub(crate) struct BatchRun<'a, R> {
    pub(crate) progress: Progress,
    pub(crate) records: Arc<Records<R>>,
    options: &'a Options<R>,
}

impl<'a, R: BatchRecord> BatchRun<'a, R> {
    pub(crate) fn new(items: Vec<R>, context: Context, delivery: DeliveryOrder, options: &'a Options<R>) -> Self {
        Self {
            progress: Progress::new(
                Ledger::new(items.len()),
                Schedule::new(&items, delivery, options.failure_policy, options.concurrency),
                Deadline::new(&context, options.environment.as_ref(), options.deadline_margin),
            ),
            records: Arc::new(Records { items, context }),
            options,
        }
    }

    /// Runs the records one after the other.
    pub(crate) async fn one_by_one<S>(&mut self, template: S)
    where
        S: Service<Record<R>> + Clone,
        S::Error: Into<BoxError>,
    {
        let mut service = template.clone();
        while let Some(index) = self.progress.start() {
            let (records, options) = (&self.records, self.options);
            let ended = {
                let running = pin!(run_record(&mut service, records, index, options));
                self.progress.deadline.wait(running).await
            };
            let Some(ended) = ended else {
                break;
            };
            if !is_reusable(&ended) {
                service = template.clone();
            }
            self.progress.finish(index, ended);
            if self.progress.burst.is_over() {
                tokio::task::yield_now().await;
            }
        }
        self.cancel_running();
    }

    /// Runs up to `concurrency` records concurrently.
    ///
    /// A record is not a separate task, but runs in one of up to `concurrency` lanes, each of which runs one record after the
    /// other. A lane is added only if all others wait, so records that complete without waiting share a lane, and cost no more
    /// than with a concurrency of 1.
    pub(crate) async fn side_by_side<S>(&mut self, template: S)
    where
        S: Service<Record<R>> + Clone,
        S::Error: Into<BoxError>,
    {
        let (records, options) = (&self.records, self.options);
        // Never contended, because all lanes are polled by this future.
        let progress = &Mutex::new(&mut self.progress);
        let lane = |mut service: S| async move {
            let mut next = lock(progress).start();
            while let Some(index) = next {
                let mut waited = false;
                let ended = {
                    let mut running = pin!(run_record(&mut service, records, index, options));
                    poll_fn(|cx| {
                        let polled = running.as_mut().poll(cx);
                        waited |= polled.is_pending();
                        polled
                    })
                    .await
                };
                let reusable = is_reusable(&ended);
                let is_burst_over = {
                    let mut progress = lock(progress);
                    progress.finish(index, ended);
                    if waited {
                        progress.deadline.time_passes();
                    }
                    let is_burst_over = progress.burst.is_over();
                    next = if reusable && !is_burst_over {
                        progress.start()
                    } else {
                        None
                    };
                    is_burst_over
                };
                if is_burst_over {
                    // Also before a lane ends, because this is what wakes the batch after the pause.
                    tokio::task::yield_now().await;
                    if reusable {
                        next = lock(progress).start();
                    }
                }
            }
        };
        let mut lanes = FuturesUnordered::new();
        // Owns the template, which need not be `Sync`.
        poll_fn(move |cx| {
            lock(progress).burst.is_paused = false;
            loop {
                let ended = lanes.poll_next_unpin(cx);
                if matches!(ended, Poll::Ready(Some(()))) {
                    continue;
                }
                if lanes.len() < options.concurrency && lock(progress).may_start() {
                    lanes.push(lane(template.clone()));
                } else if lanes.is_empty() {
                    return Poll::Ready(());
                } else {
                    return lock(progress).poll_too_late(cx);
                }
            }
        })
        .await;
        self.cancel_running();
    }

    /// Logs records that were not started and calls `on_finish`.
    pub(crate) fn report(&self) {
        if self.options.on_finish.is_none() && !tracing::enabled!(tracing::Level::WARN) {
            return;
        }
        let summary = self.progress.ledger.summary();
        if summary.not_started > 0 {
            let why = if self.progress.deadline.watch().is_near() {
                "the deadline is near"
            } else {
                "another record failed"
            };
            warn!(
                records = summary.records,
                not_started = summary.not_started,
                "records were not started: {why}"
            );
        }
        if let Some(on_finish) = &self.options.on_finish {
            hook(self.options, "on_finish", || on_finish(&summary));
        }
    }

    /// Delays the next delivery of the failed records, if a back-off is set and there is time for it.
    pub(crate) async fn back_off(&mut self) {
        let Some(back_off) = &self.options.back_off else { return };
        let failed: Vec<_> = self
            .progress
            .ledger
            .in_state(State::Failed)
            .map(|index| Record::new(&self.records, index))
            .collect();
        if failed.is_empty() {
            return;
        }
        let backing_off = hook(self.options, "back_off", || back_off(failed));
        let Some(backing_off) = backing_off else { return };
        let backing_off = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(backing_off));
        let problem = match self.progress.deadline.wait(pin!(backing_off)).await {
            Some(Ok(Ok(()))) => return,
            Some(Ok(Err(error))) => error.to_string(),
            Some(Err(panic)) => format!("the back-off panicked: {}", panic_message(panic.as_ref())),
            None => "the deadline is near".to_owned(),
        };
        self.options.warn(
            "batch back-off",
            format_args!("failed records will be delivered again without a back-off: {problem}"),
        );
    }

    /// Fails the records that are still running: their futures were dropped because the deadline is near.
    fn cancel_running(&mut self) {
        let cancelled: Vec<_> = self.progress.ledger.in_state(State::Running).collect();
        for index in cancelled {
            let record = Record::new(&self.records, index);
            let interrupted = RecordError::interrupted();
            error_span!("record", record_id = &*record.id()).in_scope(|| {
                if let Some(on_failure) = &self.options.on_failure {
                    hook(self.options, "on_failure", || on_failure(&record, &interrupted));
                }
                error!(error = interrupted.as_error(), "record failed");
            });
            self.progress.ledger.keep(index, interrupted);
            self.progress.ledger.set(index, State::Failed);
        }
    }
}

/// Returns whether the service that handled a record may handle another.
fn is_reusable(ended: &Ended) -> bool {
    ended.as_ref().err().is_none_or(|ended| ended.reusable)
}

fn lock<T>(progress: &Mutex<T>) -> MutexGuard<'_, T> {
    progress.lock().unwrap_or_else(PoisonError::into_inner)
}
