//! `Powertools::run` and `run_sequential`, which run a handler with the utilities around it.

use std::fmt::Debug;
use std::sync::atomic::Ordering;

use bytes::Bytes;
use futures_core::Stream;
use lambda_runtime::tower::util::MapErr;
use lambda_runtime::{Diagnostic, Error, IntoFunctionResponse, LambdaEvent, Runtime};
use powertools_lambda_core::Environment;
use serde::{Deserialize, Serialize};
use tower_layer::Layer;
use tower_service::Service;

use crate::Powertools;
use crate::diagnostic::diagnostic_of;
use crate::ending::{Ending, report_init_error, report_runtime_error};

/// The variable without which there is no Runtime API to ask for invocations.
pub(crate) const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

impl Powertools {
    /// Runs `handler` with logs, metrics and traces around it, until Lambda ends the process.
    ///
    /// Calls [`init`](Self::init), unless it or [`subscriber_layer`](Self::subscriber_layer) was called before.
    ///
    /// Serves `AWS_LAMBDA_MAX_CONCURRENCY` invocations concurrently if Lambda sets this variable (Lambda Managed
    /// Instances), and one after the other elsewhere. The bounds are those of [`lambda_runtime::run_concurrent`]. Streaming
    /// responses and the adapters of `lambda_http` are handlers, too; `run_http` runs an axum router. Use
    /// [`run_sequential`](Self::run_sequential) if the handler is not `Send` or borrows from `main`.
    ///
    /// ```no_run
    /// use lambda_runtime::{Error, LambdaEvent, service_fn};
    /// use powertools_lambda::Powertools;
    /// use serde_json::Value;
    ///
    /// #[tokio::main]
    /// async fn main() -> Result<(), Error> {
    ///     Powertools::from_env().run(service_fn(handler)).await
    /// }
    ///
    /// async fn handler(event: LambdaEvent<Value>) -> Result<Value, Error> {
    ///     Ok(event.payload)
    /// }
    /// ```
    ///
    /// A handler with state is a closure. Clones of SDK clients and of `Parameters` are cheap:
    ///
    /// ```no_run
    /// # #[derive(Clone)]
    /// # struct Shop;
    /// # impl Shop { async fn from_env() -> Result<Self, Error> { Ok(Self) } }
    /// # use lambda_runtime::{Error, LambdaEvent, service_fn};
    /// # use powertools_lambda::Powertools;
    /// # use serde_json::Value;
    /// #[tokio::main]
    /// async fn main() -> Result<(), Error> {
    ///     let shop = Shop::from_env().await?; // in the init phase, once
    ///     Powertools::from_env().run(service_fn(move |event| handler(shop.clone(), event))).await
    /// }
    ///
    /// async fn handler(shop: Shop, event: LambdaEvent<Value>) -> Result<Value, Error> {
    /// #   let _ = shop;
    ///     Ok(event.payload)
    /// }
    /// ```
    ///
    /// If the handler returns an error, Lambda shows its message and, as `errorType`, the name of its type, as logs and traces
    /// do. To choose both, return a type that converts into [`Diagnostic`].
    ///
    /// # Errors
    ///
    /// Returns an error if
    ///
    /// * `AWS_LAMBDA_RUNTIME_API` is not set, as outside Lambda; run the function with `cargo lambda watch`, or test its
    ///   handler with `powertools_lambda::test_util`;
    /// * another `tracing` subscriber is installed already (see [`init`](Self::init));
    /// * the Runtime API fails;
    /// * the runtime cannot read the headers of an invocation, such as a client context that is not the JSON that the
    ///   `ClientContext` of `lambda_runtime` describes. The invocation gets no answer, and Lambda starts a new environment.
    ///
    /// The last two are also written as one ERROR record, and so is another subscriber. However `run` ends, waiting metrics,
    /// spans and buffered records are written first, as by [`shutdown`](Self::shutdown).
    ///
    /// # Panics
    ///
    /// Panics outside a Tokio runtime, and, like `lambda_runtime`, if another variable that Lambda sets is missing, such as
    /// `AWS_LAMBDA_FUNCTION_NAME`.
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
        let _ending = Ending::of(&self);
        self.prepare()?;
        let handler = MapErr::new(self.handler_layer().layer(handler), diagnostic_of::<F::Error>);
        let runtime = Runtime::new(handler).layer(self.invocation_layer());
        let runtime = self
            .into_resources()
            .fold(runtime, Runtime::register_snapstart_resource);
        // Boxed, once per process: to compute the size of `main`, the compiler would have to look through a handler of
        // several layers that calls the SDK, and would give up at its recursion limit.
        let ended = Box::pin(runtime.run_concurrent()).await;
        ended.inspect_err(report_runtime_error)
    }

    /// Runs `handler` with logs, metrics and traces around it, one invocation after the other.
    ///
    /// For handlers that are not `Send` or that borrow from `main`. The bounds are those of [`lambda_runtime::run`], and
    /// the handler's error is `'static`.
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
        let _ending = Ending::of(&self);
        self.prepare()?;
        let handler = MapErr::new(self.handler_layer().layer(handler), diagnostic_of::<F::Error>);
        let runtime = Runtime::new(handler).layer(self.invocation_layer());
        let runtime = self
            .into_resources()
            .fold(runtime, Runtime::register_snapstart_resource);
        let ended = Box::pin(runtime.run()).await; // boxed as in `run`
        ended.inspect_err(report_runtime_error)
    }

    /// Installs the subscriber if necessary, and checks that there is a Runtime API, without which the runtime panics.
    fn prepare(&self) -> Result<(), Error> {
        // The process's own variables, as the runtime reads them, even if the utilities were given another environment.
        if Environment::process().variables().text(RUNTIME_API).is_none() {
            return Err(format!(
                "{RUNTIME_API} is not set, so this is not Lambda: run the function with `cargo lambda watch`, or test its \
                 handler with `powertools_lambda::test_util`"
            )
            .into());
        }
        self.install()
    }

    /// Installs the subscriber if necessary.
    pub(crate) fn install(&self) -> Result<(), Error> {
        if !self.initialized.load(Ordering::Acquire) {
            self.init().inspect_err(|error| report_init_error(self, error))?;
        }
        Ok(())
    }
}
