//! `Batch`, the configurable processor of batches.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use lambda_runtime::{Error as BoxError, LambdaEvent};
use powertools_lambda_core::Environment;
use tower_service::Service;

use crate::processing::{Options, process_with};
use crate::{
    BatchEvent, BatchResult, BatchSummary, FailureAction, FailurePolicy, FullFailurePolicy, Record, RecordError,
};

/// Processes batches of records: the configurable form of [`process`](crate::process()).
///
/// `E` is the event, such as [`SqsEvent`](crate::sqs::SqsEvent), and `S` handles one record. `S` is any
/// [`tower`](https://docs.rs/tower) service of [`Record`]s, so timeouts, limits and other layers apply to each record
/// separately; [`record_fn`](crate::record_fn) makes such a service from a function. For each record, `poll_ready` and
/// `call` are called once; if either fails, that record fails. Records that run concurrently each get a clone of `S`.
///
/// A `Batch` is itself a service, so it can be the whole handler; inside a handler, call [`process`](Self::process). It
/// is cheap to clone and keeps no state between batches, so one `Batch` can serve concurrent invocations.
///
/// Lambda reads the response only if the event source mapping has
/// `FunctionResponseTypes: [ReportBatchItemFailures]`.
///
/// ```no_run
/// # #[cfg(feature = "sqs")] mod example {
/// use std::time::Duration;
/// use powertools_lambda_batch::{Batch, Json, FailureAction, record_fn};
/// use tower::ServiceBuilder;
/// # async fn charge(order: Json<u32>) -> Result<(), lambda_runtime::Error> { Ok(()) }
///
/// # async fn main() -> Result<(), lambda_runtime::Error> {
/// let charge = ServiceBuilder::new()
///     .timeout(Duration::from_secs(5))
///     .service(record_fn(charge));
/// let batch = Batch::sqs(charge)
///     .concurrency(8)
///     .on_error(|_, error| match error.decode_error() {
///         Some(_) => FailureAction::Drop, // a retry would fail the same way
///         None => FailureAction::Retry,
///     });
/// lambda_runtime::run(batch).await
/// # }
/// # }
/// ```
#[must_use = "a `Batch` does nothing until it is run as the handler or `process` is called"]
pub struct Batch<S, E: BatchEvent> {
    service: S,
    options: Options<E::Record>,
    event: PhantomData<fn(E)>,
}

/// The future of [`Batch`] as a service.
pub type BatchFuture<E> = Pin<Box<dyn Future<Output = BatchResult<E>> + Send>>;

impl<S, E: BatchEvent> Batch<S, E> {
    /// Creates a processor for any [`BatchEvent`], with a service that handles one record.
    ///
    /// For the events of this crate, [`Batch::sqs`], [`Batch::kinesis`], [`Batch::dynamodb`] and [`Batch::kafka`] need no
    /// type annotation.
    pub fn new(service: S) -> Self
    where
        S: Service<Record<E::Record>>,
    {
        Self {
            service,
            options: Options::default(),
            event: PhantomData,
        }
    }

    /// Sets how many records are processed concurrently. Default: 1; 0 means 1.
    ///
    /// Records of the same group (FIFO message group, partition key, item key, Kafka partition) still run in order. All
    /// records run in the invocation's task, so a handler with a long computation should spawn a task for it.
    pub fn concurrency(mut self, records: usize) -> Self {
        self.options.concurrency = records.max(1);
        self
    }

    /// Sets what happens to the other records after one has failed.
    ///
    /// Default: depends on the source, see [`FailurePolicy`].
    pub fn failure_policy(mut self, policy: FailurePolicy) -> Self {
        self.options.failure_policy = Some(policy);
        self
    }

    /// Sets what is returned if no record of a batch was processed.
    ///
    /// Default: [`FullFailurePolicy::Error`].
    pub fn full_failure_policy(mut self, policy: FullFailurePolicy) -> Self {
        self.options.full_failure_policy = policy;
        self
    }

    /// Sets the time before the invocation's deadline at which no further records are started. Default: 500 ms.
    ///
    /// Records that are still running when half of the margin is left are cancelled. Records that were not started or
    /// were cancelled are reported, so a batch that takes too long keeps the work it has done. If the context has no
    /// deadline, the margin has no effect.
    ///
    /// The clock is read before each record. There is one exception: while records complete without waiting and more
    /// than a second is left until the margin, it is read before every sixteenth record. So at most fifteen records that
    /// suddenly take long can run into the margin.
    pub fn deadline_margin(mut self, margin: Duration) -> Self {
        self.options.deadline_margin = margin;
        self
    }

    /// Decides what happens to a record that failed.
    ///
    /// Default: [`FailureAction::Retry`], which is also used if `decide` panics. `decide` is called for errors, panics and
    /// records that do not decode, but not for records that were not started or were cancelled.
    ///
    /// `Retry` reports the record in the response. Lambda delivers it again only if the event source mapping is
    /// configured with `ReportBatchItemFailures`; without that, Lambda ignores the response and the record is lost.
    ///
    /// ```
    /// # #[cfg(feature = "sqs")] mod example {
    /// # use powertools_lambda_batch::{Batch, FailureAction, Json, record_fn};
    /// # use powertools_lambda_batch::sqs::SqsMessage;
    /// # use powertools_lambda_batch::Record;
    /// # async fn charge(order: Json<u32>) -> Result<(), lambda_runtime::Error> { Ok(()) }
    /// # async fn send_to_support(message: Record<SqsMessage>) -> Result<(), lambda_runtime::Error> { Ok(()) }
    /// # fn example() {
    /// let batch = Batch::sqs(record_fn(charge)).on_error(|record, error| {
    ///     if error.decode_error().is_some() {
    ///         FailureAction::Drop
    ///     } else if error.is_panic() {
    ///         FailureAction::forward(send_to_support(record.clone()))
    ///     } else {
    ///         FailureAction::Retry
    ///     }
    /// });
    /// # }
    /// # }
    /// ```
    pub fn on_error<F>(mut self, decide: F) -> Self
    where
        F: Fn(&Record<E::Record>, &RecordError) -> FailureAction + Send + Sync + 'static,
    {
        self.options.on_error = Some(Arc::new(decide));
        self
    }

    /// Calls `hook` for each record that succeeded, in the record's span.
    ///
    /// If `hook` panics, one warning is printed and the record still counts as processed.
    pub fn on_success<F>(mut self, hook: F) -> Self
    where
        F: Fn(&Record<E::Record>) + Send + Sync + 'static,
    {
        self.options.on_success = Some(Arc::new(hook));
        self
    }

    /// Calls `hook` for each record that failed, in the record's span.
    ///
    /// It is called before [`on_error`](Self::on_error) decides about the record. It is also called for records that were
    /// cancelled, but not for records that were not started, which [`on_finish`](Self::on_finish) counts. If `hook` panics,
    /// one warning is printed.
    pub fn on_failure<F>(mut self, hook: F) -> Self
    where
        F: Fn(&Record<E::Record>, &RecordError) + Send + Sync + 'static,
    {
        self.options.on_failure = Some(Arc::new(hook));
        self
    }

    /// Calls `hook` at the end of each batch with the number of records that succeeded and failed, for metrics.
    ///
    /// If `hook` panics, one warning is printed.
    pub fn on_finish<F>(mut self, hook: F) -> Self
    where
        F: Fn(&BatchSummary) + Send + Sync + 'static,
    {
        self.options.on_finish = Some(Arc::new(hook));
        self
    }

    /// Uses the clock and the warnings of `environment`, for tests. Default: those of the process.
    ///
    /// Inside an invocation, the deadline is compared with the invocation's clock in any case.
    pub fn environment(mut self, environment: impl Into<Environment>) -> Self {
        self.options.environment = Some(environment.into());
        self
    }

    #[cfg(feature = "sqs")]
    pub(crate) fn with_back_off(mut self, back_off: Arc<crate::processing::BackOffFn<E::Record>>) -> Self {
        self.options.back_off = Some(back_off);
        self
    }
}

impl<S, E> Batch<S, E>
where
    S: Service<Record<E::Record>> + Clone,
    S::Error: Into<BoxError>,
    E: BatchEvent,
{
    /// Processes a batch inside a handler.
    ///
    /// # Errors
    ///
    /// See [`process`](crate::process()#errors).
    pub fn process(&self, event: LambdaEvent<E>) -> impl Future<Output = BatchResult<E>> + use<S, E> {
        process_with(self.service.clone(), self.options.clone(), event)
    }
}

impl<S, E> Service<LambdaEvent<E>> for Batch<S, E>
where
    S: Service<Record<E::Record>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    E: BatchEvent + Send + 'static,
{
    type Response = E::Response;
    type Error = crate::BatchError<E::Response>;
    type Future = BatchFuture<E>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, event: LambdaEvent<E>) -> Self::Future {
        Box::pin(self.process(event))
    }
}

impl<S: Clone, E: BatchEvent> Clone for Batch<S, E> {
    fn clone(&self) -> Self {
        Self {
            service: self.service.clone(),
            options: self.options.clone(),
            event: PhantomData,
        }
    }
}

impl<S: fmt::Debug, E: BatchEvent> fmt::Debug for Batch<S, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch")
            .field("service", &self.service)
            .field("concurrency", &self.options.concurrency)
            .field("failure_policy", &self.options.failure_policy)
            .field("full_failure_policy", &self.options.full_failure_policy)
            .finish_non_exhaustive()
    }
}
