//! A batch: its records started, awaited, accounted for.

use std::pin::pin;
use std::sync::Arc;

use futures_util::stream::{FuturesUnordered, StreamExt};
use lambda_runtime::{Error as BoxError, LambdaEvent};
use powertools_lambda_core::panic_message;
use tower_service::Service;
use tracing::{error, error_span, warn};

use crate::deadline::Deadline;
use crate::ledger::{Ledger, State};
use crate::options::Options;
use crate::record::Records;
use crate::run::{End, Ended, NotSucceeded, hook, run};
use crate::schedule::Schedule;
use crate::{
    BatchEvent, BatchRecord, FullBatchFailure, FullFailure, InvalidEvent, ProcessError, Record, RecordError,
    RecordHandler, Result, record_fn,
};

/// Processes a batch: calls `handler` with each record and returns the response that reports what was not processed.
///
/// One record after the other, in the order of delivery; what happens after a failure is
/// [`AfterFailure`](crate::AfterFailure)'s default for the source. For anything else, see [`Batch`](crate::Batch).
///
/// The response is what is not proven done. A handler that fails or panics, a record that does not decode, and every
/// record that is not started, is reported. When 500 ms of the invocation are left no more record is started, and at
/// 250 ms the one that is running is given up. When the future is dropped nothing is answered, so Lambda delivers the
/// whole batch again.
///
/// # Errors
///
/// When no record of a batch was processed, or when the event cannot be answered: a record without an id, or another
/// source. An empty batch succeeds.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqs")] mod example {
/// use lambda_runtime::{Error, LambdaEvent};
/// use powertools_lambda_batch::{self as batch, Json, Record, SqsEvent, SqsMessage};
/// # #[derive(serde::Deserialize)] struct Order { id: String }
///
/// async fn handler(event: LambdaEvent<SqsEvent>) -> batch::Result<SqsEvent> {
///     batch::process(event, charge).await
/// }
///
/// async fn charge(Json(order): Json<Order>, message: Record<SqsMessage>) -> Result<(), Error> {
///     tracing::info!(order.id, tenant = ?message.message_attributes.get("tenant"), "collecting payment");
///     Ok(())
/// }
/// # }
/// ```
pub async fn process<E, F, A>(event: LambdaEvent<E>, handler: F) -> Result<E>
where
    E: BatchEvent,
    F: RecordHandler<E::Record, A>,
{
    process_with(record_fn(handler), Options::default(), event).await
}

pub(crate) async fn process_with<S, E>(service: S, options: Options<E::Record>, event: LambdaEvent<E>) -> Result<E>
where
    S: Service<Record<E::Record>> + Clone,
    S::Error: Into<BoxError>,
    E: BatchEvent,
{
    let LambdaEvent { payload, context } = event;
    check_source(&payload).map_err(ProcessError::invalid)?;
    let items = payload.into_records();
    check_ids::<E>(&items).map_err(ProcessError::invalid)?;
    let schedule = Schedule::new(&items, E::delivery(&items), options.after_failure, options.concurrency);
    let mut batch = Running {
        ledger: Ledger::new(items.len()),
        schedule,
        deadline: Deadline::new(&context, options.host.as_ref(), options.deadline_margin),
        records: Arc::new(Records { items, context }),
        options: &options,
    };
    if options.concurrency > 1 {
        batch.side_by_side(service).await;
    } else {
        batch.one_by_one(service).await;
    }
    batch.tell();
    batch.back_off().await;
    answer::<E>(batch.ledger, &batch.records, options.full_failure)
}

/// A batch that is being processed.
struct Running<'a, R> {
    ledger: Ledger,
    schedule: Schedule,
    deadline: Deadline,
    records: Arc<Records<R>>,
    options: &'a Options<R>,
}

impl<R: BatchRecord> Running<'_, R> {
    async fn one_by_one<S>(&mut self, template: S)
    where
        S: Service<Record<R>> + Clone,
        S::Error: Into<BoxError>,
    {
        let mut service = template.clone();
        let mut burst = Burst::default();
        while let Some(index) = self.start() {
            let (records, options) = (&self.records, self.options);
            let ended = {
                let running = pin!(run(&mut service, records, index, options));
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
        self.give_up();
    }

    async fn side_by_side<S>(&mut self, template: S)
    where
        S: Service<Record<R>> + Clone,
        S::Error: Into<BoxError>,
    {
        let records = Arc::clone(&self.records);
        let (records, options) = (&records, self.options);
        let watch = &self.deadline.watch().clone();
        let run_one = |mut service: S, index| async move {
            if watch.is_near() {
                // The records that were polled before this one took the time.
                let (end, reusable) = (End::NotStarted, true);
                return (index, Err(Box::new(NotSucceeded { end, reusable })), Some(service));
            }
            let ended = run(&mut service, records, index, options).await;
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
        self.give_up();
    }

    /// Returns the record to start now, if there is one and time for it.
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

    /// Fails the records that still run: they were dropped, because the deadline is near.
    fn give_up(&mut self) {
        let given_up: Vec<_> = self.ledger.in_state(State::Running).collect();
        for index in given_up {
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

    /// Tells how the batch ended.
    fn tell(&self) {
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

    /// Lets the failed records come again later, if that is wanted and there is time for it.
    async fn back_off(&mut self) {
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
            Some(Err(panic)) => format!("it panicked: {}", panic_message(panic.as_ref())),
            None => "the deadline is near".to_owned(),
        };
        self.options.warn(
            "batch back-off",
            format_args!("failed records come again without a back-off: {problem}"),
        );
    }
}

/// Returns whether the service that handled a record may handle another.
fn is_reusable(ended: &Ended) -> bool {
    ended.as_ref().err().is_none_or(|ended| ended.reusable)
}

/// Counts 128 records, which may all have been ready at once: then other tasks have their turn.
#[derive(Default)]
struct Burst(u8);

impl Burst {
    fn is_over(&mut self) -> bool {
        self.0 = (self.0 + 1) % 128;
        self.0 == 0
    }
}

fn answer<E: BatchEvent>(ledger: Ledger, records: &Records<E::Record>, full_failure: FullFailure) -> Result<E> {
    let items = &records.items;
    let mut open = ledger.open().peekable();
    if open.peek().is_none() {
        return Ok(E::response(std::iter::empty()));
    }
    let response = E::response(open.map(|index| &items[index]));
    if ledger.is_any_done() || full_failure == FullFailure::Report {
        return Ok(response);
    }
    let id = |index: usize| items[index].id().unwrap_or_default().into_owned();
    Err(ProcessError::full(FullBatchFailure {
        response,
        records: items.len(),
        errors: ledger
            .into_errors()
            .into_iter()
            .map(|(index, error)| (id(index), error))
            .collect(),
    }))
}

fn check_source<E: BatchEvent>(event: &E) -> std::result::Result<(), InvalidEvent> {
    match event.source() {
        Some(source) if !E::SOURCES.is_empty() && !E::SOURCES.contains(&source) => Err(InvalidEvent(format!(
            "its event comes from {source:?}, expected {}",
            E::SOURCES.join(" or ")
        ))),
        _ => Ok(()),
    }
}

/// A record without an id cannot be reported, and an empty id makes Lambda deliver the whole batch again.
fn check_ids<E: BatchEvent>(records: &[E::Record]) -> std::result::Result<(), InvalidEvent> {
    let nameless = records
        .iter()
        .position(|record| record.id().is_none_or(|id| id.is_empty()));
    match nameless {
        None => Ok(()),
        Some(index) => Err(InvalidEvent(format!(
            "its record {} of {} has no {}",
            index + 1,
            records.len(),
            E::ID
        ))),
    }
}
