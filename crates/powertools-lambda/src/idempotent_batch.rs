//! Records of a batch, each handled once per key: [`record_fn`], in place of `batch::record_fn`.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

use lambda_runtime::Error;
use powertools_lambda_batch::{BatchRecord, FromRecord, Record, RecordHandler};
use powertools_lambda_idempotency::{Idempotency, Key};
use tower_service::Service;

/// Makes a service from a function that handles a record, and calls it once per key.
///
/// `key` is a closure over anything that a record handler can take, such as `Json<Order>` or `Record<SqsMessage>`. A queue may
/// deliver a message twice with one id, and a sender that retries sends two messages with different ids, so a key from the body
/// protects against both.
///
/// A record whose work is *in progress* in another execution fails, so it is delivered again. A record whose work is done
/// succeeds without a call. A record that was cancelled because the deadline was near stays locked until the lock ends, about a
/// second after the deadline: let the queue's visibility timeout be longer than the function's timeout, as AWS recommends.
///
/// ```
/// # #[cfg(feature = "batch-sqs")] mod example {
/// use powertools_lambda::batch::sqs::SqsEvent;
/// use powertools_lambda::batch::{Batch, Json};
/// use powertools_lambda::idempotency::{Idempotency, Key};
/// use powertools_lambda::idempotent_batch;
/// # use powertools_lambda::lambda_runtime::{self as lambda_runtime, Error};
/// # #[derive(serde::Deserialize)] struct Order { id: String }
///
/// async fn charge(Json(order): Json<Order>) -> Result<(), Error> {
///     Ok(())
/// }
///
/// fn batch(idempotency: Idempotency) -> Batch<impl Clone, SqsEvent> {
///     let key = |Json(order): Json<Order>| Key::new(&order.id);
///     Batch::sqs(idempotent_batch::record_fn(idempotency, key, charge)).concurrency(8)
/// }
/// # }
/// ```
#[must_use = "pass the service to `Batch::sqs`, `Batch::kinesis`, `Batch::dynamodb`, `Batch::kafka` or `Batch::new`"]
pub fn record_fn<K, X, F, A>(idempotency: Idempotency, key: K, handler: F) -> RecordFn<K, X, F, A>
where
    K: Fn(X) -> Key,
{
    RecordFn {
        idempotency,
        key,
        handler,
        arguments: PhantomData,
    }
}

/// The service that [`record_fn`] returns.
pub struct RecordFn<K, X, F, A> {
    idempotency: Idempotency,
    key: K,
    handler: F,
    arguments: PhantomData<fn() -> (X, A)>,
}

/// The future of [`RecordFn`].
pub type RecordFnFuture = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

impl<R, K, X, F, A> Service<Record<R>> for RecordFn<K, X, F, A>
where
    R: BatchRecord,
    K: Fn(X) -> Key,
    X: FromRecord<R>,
    F: RecordHandler<R, A> + Send + 'static,
    F::Future: Send,
{
    type Response = ();
    type Error = Error;
    type Future = RecordFnFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, record: Record<R>) -> RecordFnFuture {
        let key = X::from_record(&record).map(&self.key);
        let idempotency = self.idempotency.with_context(record.context());
        let handler = self.handler.clone();
        Box::pin(async move { idempotency.run(key?, move || handler.handle(record)).await })
    }
}

impl<K: Clone, X, F: Clone, A> Clone for RecordFn<K, X, F, A> {
    fn clone(&self) -> Self {
        Self {
            idempotency: self.idempotency.clone(),
            key: self.key.clone(),
            handler: self.handler.clone(),
            arguments: PhantomData,
        }
    }
}

impl<K, X, F, A> fmt::Debug for RecordFn<K, X, F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordFn")
            .field("idempotency", &self.idempotency)
            .finish_non_exhaustive()
    }
}
