//! `process`, which checks an event, runs its records and builds the response.

use lambda_runtime::{Error as BoxError, LambdaEvent};
use powertools_lambda_core::Invocation;
use tower_service::Service;

use super::batch_run::BatchRun;
use super::ledger::Ledger;
use super::options::Options;
use crate::records::Records;
use crate::{
    BatchError, BatchEvent, BatchRecord, BatchResult, FullBatchError, FullFailurePolicy, InvalidEvent, Record,
    RecordHandler, record_fn,
};

/// Processes a batch: calls `handler` with each record and returns the response that reports what was not processed.
///
/// One record after the other, in the order of delivery; what happens after a failure is
/// [`FailurePolicy`](crate::FailurePolicy)'s default for the source. For anything else, see [`Batch`](crate::Batch).
///
/// A record is reported as failed unless it is known to have succeeded. A handler that fails or panics, a record that does not decode, and every
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
/// use powertools_lambda_batch::{Json, Record, self as batch};
/// use powertools_lambda_batch::sqs::{SqsEvent, SqsMessage};
/// # #[derive(serde::Deserialize)] struct Order { id: String }
///
/// async fn handler(event: LambdaEvent<SqsEvent>) -> batch::BatchResult<SqsEvent> {
///     batch::process(event, charge).await
/// }
///
/// async fn charge(Json(order): Json<Order>, message: Record<SqsMessage>) -> Result<(), Error> {
///     tracing::info!(order.id, tenant = ?message.message_attributes.get("tenant"), "collecting payment");
///     Ok(())
/// }
/// # }
/// ```
pub async fn process<E, F, A>(event: LambdaEvent<E>, handler: F) -> BatchResult<E>
where
    E: BatchEvent,
    F: RecordHandler<E::Record, A>,
{
    process_with(record_fn(handler), Options::default(), event).await
}

pub(crate) async fn process_with<S, E>(service: S, options: Options<E::Record>, event: LambdaEvent<E>) -> BatchResult<E>
where
    S: Service<Record<E::Record>> + Clone,
    S::Error: Into<BoxError>,
    E: BatchEvent,
{
    let LambdaEvent { payload, context } = event;
    check_source(&payload).map_err(|error| noted(BatchError::invalid(error)))?;
    let items = payload.into_records();
    check_ids::<E>(&items).map_err(|error| noted(BatchError::invalid(error)))?;
    let delivery = E::delivery(&items);
    let mut run = BatchRun::new(items, context, delivery, &options);
    if options.concurrency > 1 {
        run.side_by_side(service).await;
    } else {
        run.one_by_one(service).await;
    }
    run.tell();
    run.back_off().await;
    answer::<E>(run.ledger, &run.records, options.full_failure_policy)
}

fn answer<E: BatchEvent>(
    ledger: Ledger,
    records: &Records<E::Record>,
    full_failure_policy: FullFailurePolicy,
) -> BatchResult<E> {
    let items = &records.items;
    let mut open = ledger.open().peekable();
    if open.peek().is_none() {
        return Ok(E::response(std::iter::empty()));
    }
    let response = E::response(open.map(|index| &items[index]));
    if ledger.is_any_done() || full_failure_policy == FullFailurePolicy::Report {
        return Ok(response);
    }
    let id = |index: usize| items[index].id().unwrap_or_default().into_owned();
    Err(noted(BatchError::full(FullBatchError {
        response,
        records: items.len(),
        errors: ledger
            .into_errors()
            .into_iter()
            .map(|(index, error)| (id(index), error))
            .collect(),
    })))
}

/// Makes the error known to the handler layer, so that the record of the failed handler has its message and chain.
fn noted<R: 'static>(error: BatchError<R>) -> BatchError<R> {
    if let Some(invocation) = Invocation::current() {
        invocation.note_error_type::<BatchError<R>>();
    }
    error
}

fn check_source<E: BatchEvent>(event: &E) -> Result<(), InvalidEvent> {
    match event.source() {
        Some(source) if !E::SOURCES.is_empty() && !E::SOURCES.contains(&source) => Err(InvalidEvent(format!(
            "its event comes from {source:?}, expected {}",
            E::SOURCES.join(" or ")
        ))),
        _ => Ok(()),
    }
}

/// A record without an id cannot be reported, and an empty id makes Lambda deliver the whole batch again.
fn check_ids<E: BatchEvent>(records: &[E::Record]) -> Result<(), InvalidEvent> {
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
