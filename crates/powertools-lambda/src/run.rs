//! Running a handler with everything around it.

use std::fmt::Debug;

use bytes::Bytes;
use futures_core::Stream;
use lambda_runtime::{Diagnostic, Error, IntoFunctionResponse, LambdaEvent, Runtime};
use serde::{Deserialize, Serialize};
use tower_layer::Layer;
use tower_service::Service;

use crate::Powertools;

impl Powertools {
    /// Runs `handler` with logs, metrics and traces around it.
    ///
    /// Serves `AWS_LAMBDA_MAX_CONCURRENCY` invocations at once where Lambda sets it (Managed Instances), and one after
    /// the other elsewhere. The bounds are those of [`lambda_runtime::run_concurrent`]; for a handler that is not
    /// `Send` or borrows from `main` there is [`run_sequential`](Self::run_sequential). Takes `lambda_http` and axum
    /// handlers through their adapter, and streaming responses.
    ///
    /// Calls [`init`](Self::init) unless it was called, or [`subscriber_layer`](Self::subscriber_layer) was.
    ///
    /// # Errors
    ///
    /// Returns an error when the toolkit cannot be set up (see [`init`](Self::init)), and the runtime's own when the
    /// Runtime API fails.
    ///
    /// # Panics
    ///
    /// As `lambda_runtime`: outside Lambda, where `AWS_LAMBDA_FUNCTION_NAME` and its like are not set, or outside Tokio.
    pub async fn run<A, F, R, B, S, D, E>(self, handler: F) -> Result<(), Error>
    where
        F: Service<LambdaEvent<A>, Response = R> + Clone + Send + 'static,
        F::Future: Future<Output = Result<R, F::Error>> + Send + 'static,
        F::Error: Into<Diagnostic> + Debug,
        A: for<'de> Deserialize<'de> + Send + 'static,
        R: IntoFunctionResponse<B, S> + Send + 'static,
        B: Serialize + Send + 'static,
        S: Stream<Item = Result<D, E>> + Unpin + Send + 'static,
        D: Into<Bytes> + Send + 'static,
        E: Into<Error> + Send + Debug + 'static,
    {
        self.init_once()?;
        let runtime = Runtime::new(self.handler_layer().layer(handler)).layer(self.invocation_layer());
        let runtime = self
            .into_resources()
            .fold(runtime, Runtime::register_snapstart_resource);
        // Boxed, once: a handler of several layers that calls the SDK is nested so deeply that the compiler, which would
        // have to look through all of it for the size of `main`, gives up at its recursion limit.
        Box::pin(runtime.run_concurrent()).await
    }

    /// Runs `handler` with logs, metrics and traces around it, one invocation after the other.
    ///
    /// The bounds are those of [`lambda_runtime::run`], and that the error is `'static`.
    ///
    /// # Errors
    ///
    /// As [`run`](Self::run).
    ///
    /// # Panics
    ///
    /// As [`run`](Self::run).
    pub async fn run_sequential<A, F, R, B, S, D, E>(self, handler: F) -> Result<(), Error>
    where
        F: Service<LambdaEvent<A>, Response = R>,
        F::Future: Future<Output = Result<R, F::Error>>,
        F::Error: Into<Diagnostic> + Debug + 'static,
        A: for<'de> Deserialize<'de>,
        R: IntoFunctionResponse<B, S>,
        B: Serialize,
        S: Stream<Item = Result<D, E>> + Unpin + Send + 'static,
        D: Into<Bytes> + Send,
        E: Into<Error> + Send + Debug,
    {
        self.init_once()?;
        let runtime = Runtime::new(self.handler_layer().layer(handler)).layer(self.invocation_layer());
        let runtime = self
            .into_resources()
            .fold(runtime, Runtime::register_snapstart_resource);
        Box::pin(runtime.run()).await // as in `run`
    }
}
