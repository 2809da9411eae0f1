//! `record_fn`, which makes a service from a function that handles a record.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lambda_runtime::Error as BoxError;
use pin_project_lite::pin_project;
use tower_service::Service;

use crate::{DecodeError, FromRecord, Record};

/// A function that handles a record: one to three arguments, each made [from the record](FromRecord).
///
/// Implemented for async functions, and for closures that return a future, whose output is `Result<T, E>`. `E` is any
/// type that converts into [`lambda_runtime::Error`]: every `std::error::Error + Send + Sync`, `anyhow::Error`, `String`.
/// The value `T` is ignored. `A` is the tuple of the arguments; it is inferred.
///
/// A handler that needs a client or other state is a closure; see [`process`](crate::process()#a-handler-with-a-client).
/// Let the closure call an `async fn`. If it has an `async` block with the error [`lambda_runtime::Error`] instead, rustc
/// cannot prove that the future of the surrounding handler is `Send`, and reports `implementation of From is not general
/// enough` where the handler is run.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a handler of `{R}` records",
    label = "not a record handler",
    note = "a record handler is an `async fn` (or a closure that returns a future) with one to three arguments that returns `Result<T, E>`",
    note = "each argument is made from the record: write `Json<Order>` instead of `Order`, and `Record<{R}>` instead of `{R}`",
    note = "`E` must convert into `lambda_runtime::Error`: derive `thiserror::Error` for it, or return `lambda_runtime::Error`",
    note = "a closure must be `Fn` and `Clone`: capture references or an `Arc`, and clone it before `async move`"
)]
pub trait RecordHandler<R, A>: Clone {
    /// The future that handles one record.
    type Future: Future<Output = Result<(), BoxError>>;

    /// Calls the handler with a record.
    fn handle(&self, record: Record<R>) -> Self::Future;
}

/// Makes a service from a function that handles a record; see [`RecordHandler`] for its shape.
///
/// ```
/// # use powertools_lambda_batch::{Batch, Json, record_fn};
/// # async fn charge(order: Json<u32>) -> Result<(), lambda_runtime::Error> { Ok(()) }
/// # #[cfg(feature = "sqs")]
/// let batch = Batch::sqs(record_fn(charge)).concurrency(8);
/// ```
#[must_use = "pass the service to `Batch::sqs`, `Batch::kinesis`, `Batch::dynamodb`, `Batch::kafka` or `Batch::new`"]
pub fn record_fn<F, A>(function: F) -> RecordFn<F, A> {
    RecordFn {
        function,
        arguments: PhantomData,
    }
}

/// The service that [`record_fn`] returns.
pub struct RecordFn<F, A> {
    function: F,
    arguments: PhantomData<fn() -> A>,
}

impl<F: Clone, A> Clone for RecordFn<F, A> {
    fn clone(&self) -> Self {
        record_fn(self.function.clone())
    }
}

impl<F, A> fmt::Debug for RecordFn<F, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordFn")
    }
}

impl<R, F, A> Service<Record<R>> for RecordFn<F, A>
where
    F: RecordHandler<R, A>,
{
    type Response = ();
    type Error = BoxError;
    type Future = F::Future;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, record: Record<R>) -> F::Future {
        self.function.handle(record)
    }
}

pin_project! {
    /// The future of [`RecordFn`], for a function that returns the future `F`.
    #[must_use = "futures do nothing unless polled"]
    pub struct RecordFnFuture<F> {
        #[pin]
        state: State<F>,
    }
}

pin_project! {
    #[project = StateProjection]
    enum State<F> {
        Called { #[pin] future: F },
        // An argument could not be made from the record.
        Undecodable { error: Option<DecodeError> },
    }
}

impl<F, T, E> Future for RecordFnFuture<F>
where
    F: Future<Output = Result<T, E>>,
    E: Into<BoxError>,
{
    type Output = Result<(), BoxError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().state.project() {
            StateProjection::Called { future } => match ready!(future.poll(cx)) {
                Ok(_) => Poll::Ready(Ok(())),
                Err(error) => Poll::Ready(Err(error.into())),
            },
            StateProjection::Undecodable { error } => match error.take() {
                Some(error) => Poll::Ready(Err(error.into())),
                // Polled after completion, when a future may do anything.
                None => Poll::Pending,
            },
        }
    }
}

impl<F> fmt::Debug for RecordFnFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordFnFuture")
    }
}

macro_rules! implement_for_arguments {
    ([$($argument:ident),*], $last:ident) => {
        impl<R, F, Fut, T, E, $($argument,)* $last> RecordHandler<R, ($($argument,)* $last,)> for F
        where
            F: Fn($($argument,)* $last) -> Fut + Clone,
            Fut: Future<Output = Result<T, E>>,
            E: Into<BoxError>,
            $($argument: FromRecord<R>,)*
            $last: FromRecord<R>,
        {
            type Future = RecordFnFuture<Fut>;

            fn handle(&self, record: Record<R>) -> RecordFnFuture<Fut> {
                let call = || Ok(self($($argument::from_record(&record)?,)* $last::from_owned_record(record)?));
                let state = match call() {
                    Ok(future) => State::Called { future },
                    Err(error) => State::Undecodable { error: Some(error) },
                };
                RecordFnFuture { state }
            }
        }
    };
}

implement_for_arguments!([], A1);
implement_for_arguments!([A1], A2);
implement_for_arguments!([A1, A2], A3);
