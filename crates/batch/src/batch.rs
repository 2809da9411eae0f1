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

/// Processes the batches of an event `E` with a service `S` for one record.
///
/// The service is any [`tower`](https://docs.rs/tower) service of [`Record`]s, so that time-outs, limits and the like
/// apply to each record alone; [`record_fn`](crate::record_fn) makes one of a function. Each record is one `poll_ready`
/// and one `call`; records that run at once have a clone each. An error of either is that record's.
///
/// It is a service itself, for the runtime, and has [`process`](Self::process) for use inside a handler. A cheap handle
/// without state between batches: one serves concurrent invocations.
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
///         Some(_) => FailureAction::Drop, // no retry will heal it
///         None => FailureAction::Retry,
///     });
/// lambda_runtime::run(batch).await
/// # }
/// # }
/// ```
pub struct Batch<S, E: BatchEvent> {
    service: S,
    options: Options<E::Record>,
    event: PhantomData<fn(E)>,
}

/// The future of [`Batch`] as a service.
pub type BatchFuture<E> = Pin<Box<dyn Future<Output = BatchResult<E>> + Send>>;

impl<S, E: BatchEvent> Batch<S, E> {
    /// Creates a processor for any event, with a service for its records.
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

    /// Sets how many records are processed at once, 1 by default; 0 is 1.
    ///
    /// Records of the same group stay in order: FIFO message group, partition key, item key, Kafka partition. They run
    /// in the task of the invocation; a handler that computes for long spawns a task of its own.
    pub fn concurrency(mut self, records: usize) -> Self {
        self.options.concurrency = records.max(1);
        self
    }

    /// Sets what happens to the other records when one has failed; see [`FailurePolicy`] for the defaults.
    pub fn failure_policy(mut self, policy: FailurePolicy) -> Self {
        self.options.failure_policy = Some(policy);
        self
    }

    /// Sets what comes out when no record was processed: an error by default.
    pub fn full_failure_policy(mut self, policy: FullFailurePolicy) -> Self {
        self.options.full_failure_policy = policy;
        self
    }

    /// Sets how long before the invocation's deadline no record is started any more, 500 ms by default.
    ///
    /// Records that still run when half of it is left are given up. What was not started or was given up is reported, so
    /// that a batch that takes too long keeps what it has done. Without a deadline, as in a test, it has no effect.
    ///
    /// The clock is read before each record, except while records finish at once and more than a second is left until
    /// the margin: then before every sixteenth, so at most fifteen that suddenly compute for long can run into it.
    pub fn deadline_margin(mut self, margin: Duration) -> Self {
        self.options.deadline_margin = margin;
        self
    }

    /// Decides what becomes of a record that failed: [`FailureAction::Retry`] where nothing is set, or where `decide` panics.
    ///
    /// Called for errors, panics and records that do not decode; not for records that were not started or given up.
    pub fn on_error<F>(mut self, decide: F) -> Self
    where
        F: Fn(&Record<E::Record>, &RecordError) -> FailureAction + Send + Sync + 'static,
    {
        self.options.on_error = Some(Arc::new(decide));
        self
    }

    /// Calls `hook` for each record that succeeded, in its span. A panic is one warning.
    pub fn on_success<F>(mut self, hook: F) -> Self
    where
        F: Fn(&Record<E::Record>) + Send + Sync + 'static,
    {
        self.options.on_success = Some(Arc::new(hook));
        self
    }

    /// Calls `hook` for each record that failed, whatever becomes of it, in its span. A panic is one warning.
    ///
    /// Records that were not started have not failed: [`on_finish`](Self::on_finish) counts them.
    pub fn on_failure<F>(mut self, hook: F) -> Self
    where
        F: Fn(&Record<E::Record>, &RecordError) + Send + Sync + 'static,
    {
        self.options.on_failure = Some(Arc::new(hook));
        self
    }

    /// Calls `hook` at the end of each batch, for metrics. A panic is one warning.
    pub fn on_finish<F>(mut self, hook: F) -> Self
    where
        F: Fn(&BatchSummary) + Send + Sync + 'static,
    {
        self.options.on_finish = Some(Arc::new(hook));
        self
    }

    /// Takes clock and warnings from `environment` instead of the process.
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
    /// Processes a batch, inside a handler; [`process`](crate::process()) says what comes out.
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
