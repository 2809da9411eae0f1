//! `BatchRun`, which starts the records of a batch one after the other or concurrently and keeps track of them.

use std::pin::pin;
use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt};
use lambda_runtime::{Context, Error as BoxError};
use powertools_lambda_core::panic_message;
use tower_service::Service;
use tracing::{error, error_span, warn};

use super::deadline::Deadline;
use super::hook::hook;
use super::ledger::{Ledger, State};
use super::options::Options;
use super::record_run::{End, Ended, NotSucceeded, run_record};
use super::schedule::Schedule;
use crate::records::Records;
use crate::{BatchRecord, DeliveryOrder, Record, RecordError};

/// A batch that is being processed.
pub(crate) struct BatchRun<'a, R> {
    pub(crate) ledger: Ledger,
    schedule: Schedule,
    deadline: Deadline,
    pub(crate) records: Arc<Records<R>>,
    options: &'a Options<R>,
}

impl<'a, R: BatchRecord> BatchRun<'a, R> {
    pub(crate) fn new(items: Vec<R>, context: Context, delivery: DeliveryOrder, options: &'a Options<R>) -> Self {
        Self {
            ledger: Ledger::new(items.len()),
            schedule: Schedule::new(&items, delivery, options.failure_policy, options.concurrency),
            deadline: Deadline::new(&context, options.environment.as_ref(), options.deadline_margin),
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
        let mut burst = Burst::default();
        while let Some(index) = self.start() {
            let (records, options) = (&self.records, self.options);
            let ended = {
                let running = pin!(run_record(&mut service, records, index, options));
                self.deadline.wait(running).await
            };
            let Some(ended) = ended else {
                break;
            };
            if !is_reusable(&ended) {
                service = template.clone();
            }
            self.finish(index, ended);
            if burst.is_over() {
                tokio::task::yield_now().await;
            }
        }
        self.cancel_running();
    }

    /// Runs up to `concurrency` records concurrently.
    pub(crate) async fn side_by_side<S>(&mut self, template: S)
    where
        S: Service<Record<R>> + Clone,
        S::Error: Into<BoxError>,
    {
        let records = Arc::clone(&self.records);
        let (records, options) = (&records, self.options);
        let watch = &self.deadline.watch().clone();
        let run_one = |mut service: S, index| async move {
            if watch.is_near() {
                // The records that were polled before this one used up the time.
                let (end, reusable) = (End::NotStarted, true);
                return (index, Err(Box::new(NotSucceeded { end, reusable })), Some(service));
            }
            let ended = run_record(&mut service, records, index, options).await;
            let reusable = is_reusable(&ended);
            (index, ended, reusable.then_some(service))
        };
        let mut idle = Vec::new();
        let mut burst = Burst::default();
        let mut running = FuturesUnordered::new();
        loop {
            while running.len() < options.concurrency
                && let Some(index) = self.start()
            {
                running.push(run_one(idle.pop().unwrap_or_else(|| template.clone()), index));
            }
            match self.deadline.wait(pin!(running.next())).await {
                Some(Some((index, ended, service))) => {
                    idle.extend(service);
                    self.finish(index, ended);
                    if burst.is_over() {
                        tokio::task::yield_now().await;
                    }
                }
                Some(None) | None => break,
            }
        }
        drop(running);
        self.cancel_running();
    }

    /// Logs records that were not started and calls `on_finish`.
    pub(crate) fn report(&self) {
        if self.options.on_finish.is_none() && !tracing::enabled!(tracing::Level::WARN) {
            return;
        }
        let summary = self.ledger.summary();
        if summary.not_started > 0 {
            let why = if self.deadline.watch().is_near() {
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
        let problem = match self.deadline.wait(pin!(backing_off)).await {
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

    /// Returns the next record to start, if there is one and time is left.
    fn start(&mut self) -> Option<usize> {
        if self.deadline.is_near() {
            return None;
        }
        let index = self.schedule.next()?;
        self.ledger.set(index, State::Running);
        Some(index)
    }

    fn finish(&mut self, index: usize, ended: Ended) {
        let state = match ended.map_err(|ended| ended.end) {
            Ok(()) => State::Succeeded,
            Err(End::NotStarted) => State::NotStarted,
            Err(End::Dropped) => State::Dropped,
            Err(End::Failed(error)) => {
                self.ledger.keep(index, error);
                State::Failed
            }
        };
        self.ledger.set(index, state);
        self.schedule.finished(index, state.is_done());
    }

    /// Fails the records that are still running: their futures were dropped because the deadline is near.
    fn cancel_running(&mut self) {
        let cancelled: Vec<_> = self.ledger.in_state(State::Running).collect();
        for index in cancelled {
            let record = Record::new(&self.records, index);
            let interrupted = RecordError::interrupted();
            error_span!("record", record_id = &*record.id()).in_scope(|| {
                if let Some(on_failure) = &self.options.on_failure {
                    hook(self.options, "on_failure", || on_failure(&record, &interrupted));
                }
                error!(error = interrupted.as_error(), "record failed");
            });
            self.ledger.keep(index, interrupted);
            self.ledger.set(index, State::Failed);
        }
    }
}

/// Returns whether the service that handled a record may handle another.
fn is_reusable(ended: &Ended) -> bool {
    ended.as_ref().err().is_none_or(|ended| ended.reusable)
}

/// Counts 128 records, which may all have completed without waiting, before other tasks get a turn.
#[derive(Default)]
struct Burst(u8);

impl Burst {
    fn is_over(&mut self) -> bool {
        self.0 = (self.0 + 1) % 128;
        self.0 == 0
    }
}
