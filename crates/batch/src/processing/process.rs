//! `process`, which checks an event, runs its records and builds the response.

use lambda_runtime::{Error as BoxError, LambdaEvent};
use powertools_lambda_core::Invocation;
use serde_json::Value;
use tower_service::Service;

use super::batch_run::BatchRun;
use super::ledger::Ledger;
use super::options::Options;
use crate::records::Records;
use crate::{
    BatchError, BatchEvent, BatchRecord, BatchResult, FullBatchError, FullFailurePolicy, InvalidEvent, Record,
    RecordHandler, record_fn,
};

/// Processes a batch: calls `handler` with each record and returns the response that reports the failed ones.
///
/// Records are processed one after the other, in the order of delivery. After a failure, the default
/// [`FailurePolicy`](crate::FailurePolicy) of the source applies. For concurrency, hooks and other policies, use
/// [`Batch`](crate::Batch).
///
/// A record is reported as failed unless it is known to have succeeded: if its handler fails or panics, if it does not
/// decode, and if it is not started. Once 500 ms are left before the invocation's deadline, no further records are
/// started; at 250 ms, the running one is cancelled. If the returned future is dropped, there is no response, and Lambda
/// delivers the whole batch again.
///
/// Lambda reads the response only if the event source mapping has
/// `FunctionResponseTypes: [ReportBatchItemFailures]`. Without it, Lambda treats every batch with a response as done.
///
/// # Errors
///
/// Returns an error if no record was processed, or if the event is invalid: it comes from another source, or a record
/// that is to be reported has no id. An empty batch succeeds.
///
/// So a batch of *one* record that fails is an error, not a response that reports one record. In a test, call
/// [`BatchError::into_response`], or add a record that succeeds.
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
///
/// ## A handler with a client
///
/// A closure passes a client, a configuration or other state to the function. It may borrow from the handler. Let it call an
/// `async fn`, as here, rather than contain an `async` block; see [`RecordHandler`](crate::RecordHandler).
///
/// ```no_run
/// # #[cfg(feature = "sqs")] mod example {
/// use lambda_runtime::{Error, LambdaEvent, service_fn};
/// use powertools_lambda_batch::{Json, self as batch};
/// use powertools_lambda_batch::sqs::SqsEvent;
/// # #[derive(serde::Deserialize)] struct Order { id: String }
/// # struct Client;
/// # impl Client {
/// #     async fn connect() -> Result<Self, Error> { Ok(Self) }
/// #     async fn charge(&self, order: &Order) -> Result<(), Error> { Ok(()) }
/// # }
///
/// # #[tokio::main]
/// async fn main() -> Result<(), Error> {
///     let client = Client::connect().await?;
///     lambda_runtime::run(service_fn(|event| handler(&client, event))).await
/// }
///
/// async fn handler(client: &Client, event: LambdaEvent<SqsEvent>) -> batch::BatchResult<SqsEvent> {
///     batch::process(event, |order| charge(client, order)).await
/// }
///
/// async fn charge(client: &Client, Json(order): Json<Order>) -> Result<(), Error> {
///     client.charge(&order).await
/// }
/// # }
/// ```
pub fn process<E, F, A>(event: LambdaEvent<E>, handler: F) -> impl Future<Output = BatchResult<E>> + use<E, F, A>
where
    E: BatchEvent,
    F: RecordHandler<E::Record, A>,
{
    process_with(record_fn(handler), Options::default(), event)
}

pub(crate) async fn process_with<S, E>(service: S, options: Options<E::Record>, event: LambdaEvent<E>) -> BatchResult<E>
where
    S: Service<Record<E::Record>> + Clone,
    S::Error: Into<BoxError>,
    E: BatchEvent,
{
    let LambdaEvent { mut payload, context } = event;
    check_source(&payload).map_err(|error| noted(BatchError::invalid(error)))?;
    let state = payload.take_state();
    let items = payload.into_records();
    let delivery = E::delivery(&items);
    let mut run = BatchRun::new(items, context, delivery, &options);
    if options.concurrency > 1 {
        run.side_by_side(service).await;
    } else {
        run.one_by_one(service).await;
    }
    run.report();
    run.back_off().await;
    answer::<E>(run.progress.ledger, &run.records, options.full_failure_policy, state)
}

fn answer<E: BatchEvent>(
    ledger: Ledger,
    records: &Records<E::Record>,
    full_failure_policy: FullFailurePolicy,
    state: Option<Value>,
) -> BatchResult<E> {
    let items = &records.items;
    check_ids::<E>(&ledger, items).map_err(|error| noted(BatchError::invalid(error)))?;
    let mut open = ledger.open().peekable();
    let is_any_open = open.peek().is_some();
    let mut response = E::response(open.map(|index| &items[index]));
    if let Some(state) = state {
        E::put_state(&mut response, state);
    }
    if !is_any_open || ledger.is_any_done() || full_failure_policy == FullFailurePolicy::Report {
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
            "the batch was not processed: its event comes from {source:?}, expected {}",
            E::SOURCES.join(" or ")
        ))),
        _ => Ok(()),
    }
}

/// A record without an id cannot be reported, and an empty or unknown id makes Lambda deliver the whole batch again. So
/// if such a record failed, the batch fails, with an error that says why.
fn check_ids<E: BatchEvent>(ledger: &Ledger, records: &[E::Record]) -> Result<(), InvalidEvent> {
    let nameless = ledger
        .open()
        .find(|index| records[*index].id().is_none_or(|id| id.is_empty()));
    match nameless {
        None => Ok(()),
        Some(index) => Err(InvalidEvent(format!(
            "the batch fails as a whole: its record {} of {} is to be delivered again, but has no {} to report it with",
            index + 1,
            records.len(),
            E::ID
        ))),
    }
}
