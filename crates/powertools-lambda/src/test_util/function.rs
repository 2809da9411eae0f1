//! `TestFunction`, which runs a handler as Lambda would.

use std::any::Any;
use std::fmt;
use std::fmt::Debug;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use futures_core::Stream;
use lambda_runtime::{
    Context, Diagnostic, Error, FunctionResponse, IntoFunctionResponse, LambdaEvent, LambdaInvocation, service_fn,
};
use powertools_lambda_core::panic_message;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_layer::Layer;
use tower_service::Service;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

use super::events::Event;
use super::{
    EmittedMetrics, EmittedSpan, LoggedRecord, ManualClock, MemoryEmitter, TestEnvironment, request, traced_context,
};
use crate::diagnostic::diagnostic_of;
use crate::{Powertools, PowertoolsBuilder};

/// A function under test: an environment in memory, and the utilities in it.
///
/// Each [`invoke`](Self::invoke) is an invocation with all layers that [`Powertools::run`] puts around the handler. The first
/// one is the cold start. Several can run concurrently, for example with `tokio::join!`.
///
/// While the value lives, its subscriber is the default of the current thread. So use it in a `#[tokio::test]` with the
/// current-thread runtime, which is the default: work that the handler spawns runs on the same thread. Records of
/// other threads are not seen.
#[must_use = "records are only seen while the value lives"]
pub struct TestFunction {
    environment: TestEnvironment,
    powertools: Powertools,
    emitter: MemoryEmitter,
    _subscriber: DefaultGuard,
}

/// Configures a [`TestFunction`].
#[must_use = "call `build`"]
pub struct TestFunctionBuilder {
    environment: TestEnvironment,
    configure: Box<dyn FnOnce(PowertoolsBuilder) -> PowertoolsBuilder>,
}

impl TestFunction {
    /// Creates a function without environment variables, at 2026-01-15T10:30:00.125Z.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// Returns a builder, to set environment variables and to configure the utilities as `main` does.
    pub fn builder() -> TestFunctionBuilder {
        TestFunctionBuilder {
            environment: TestEnvironment::new(),
            configure: Box::new(|builder| builder),
        }
    }

    /// Invokes `handler` with an event, in the context of [`traced_context`].
    ///
    /// `handler` is what [`Powertools::run`] takes, such as `service_fn(handler)`. The event is decoded from JSON, and the
    /// response, if it is buffered, is encoded to JSON and decoded as `T`.
    ///
    /// # Errors
    ///
    /// Returns type and message of an error as Lambda shows them: of the handler's error, of its panic, or of an event that
    /// cannot be decoded.
    ///
    /// # Panics
    ///
    /// Panics if the response cannot be encoded, or cannot be decoded as `T`.
    pub async fn invoke<T, A, F, R, B, S, D, E>(&self, handler: F, event: impl Into<Event>) -> Result<T, Diagnostic>
    where
        T: DeserializeOwned,
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
        self.invoke_with(traced_context(), handler, event).await
    }

    /// Invokes `handler` with an event, in the given context.
    ///
    /// For another request id, tenant or deadline: change what [`traced_context`](super::traced_context) returns. The
    /// deadline is compared with the [`clock`](Self::clock).
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke).
    ///
    /// # Panics
    ///
    /// As [`invoke`](Self::invoke).
    pub async fn invoke_with<T, A, F, R, B, S, D, E>(
        &self,
        context: Context,
        handler: F,
        event: impl Into<Event>,
    ) -> Result<T, Diagnostic>
    where
        T: DeserializeOwned,
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
        let handler = Mutex::new(Some(self.powertools.handler_layer().layer(handler)));
        let result = Mutex::new(None);
        let result_of = &result;
        let mut layers = self
            .powertools
            .invocation_layer()
            .layer(service_fn(|request: LambdaInvocation| {
                let handler = handler.lock().unwrap_or_else(PoisonError::into_inner).take();
                async move {
                    let outcome = match handler {
                        Some(handler) => respond(handler, request).await,
                        None => Err(diagnostic("TestFunction", "the handler was called already")),
                    };
                    *result_of.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
                    Ok::<(), Error>(())
                }
            }));
        // Boxed, so that a test does not hold the whole future of the handler, which Clippy would call large.
        let invocation = Box::pin(layers.call(request(context, event.into().into_bytes())));
        let ended = invocation.await;
        let outcome = result.into_inner().unwrap_or_else(PoisonError::into_inner);
        let response = match outcome {
            Some(outcome) => outcome?,
            None => {
                return Err(diagnostic(
                    "TestFunction",
                    format!("the invocation had no outcome: {ended:?}"),
                ));
            }
        };
        Ok(decode(response))
    }

    /// Sends the event of any source to a service, as [`Powertools::run_http`] does, and returns the response as the client gets
    /// it.
    ///
    /// ```
    /// # #[cfg(feature = "http-api-axum")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// use axum::Router;
    /// use axum::routing::get;
    /// use powertools_lambda::test_util::{TestFunction, events};
    ///
    /// let router = Router::new().route("/orders/{id}", get(|| async { "an order" }));
    /// let test = TestFunction::new();
    /// let response = test.request(router, events::api_gateway_http("GET", "/orders/7")).await.unwrap();
    /// assert_eq!((response.status().as_u16(), &response.body()[..]), (200, &b"an order"[..]));
    /// # }
    /// # #[cfg(not(feature = "http-api-axum"))] fn main() {}
    /// ```
    ///
    /// # Errors
    ///
    /// As [`invoke`](Self::invoke).
    ///
    /// # Panics
    ///
    /// Panics if the response is not an HTTP response in JSON, for example because it is streamed; read that with
    /// [`invoke`](Self::invoke).
    #[cfg(feature = "http-api")]
    pub async fn request<S, B>(&self, service: S, event: impl Into<Event>) -> Result<http::Response<Bytes>, Diagnostic>
    where
        S: Service<crate::http_api::Request, Response = http::Response<B>> + 'static,
        S::Future: Send + 'static,
        S::Error: Into<Diagnostic> + Debug + Send + 'static,
        B: http_body::Body<Data: Send, Error: Into<Error>> + Send + 'static,
    {
        let response: Value = self.invoke(self.powertools.http_handler(service), event).await?;
        Ok(super::client_response::client_response(&response))
    }

    /// Returns the utilities, for example for `powertools().tracer().aws_interceptor()`.
    pub fn powertools(&self) -> &Powertools {
        &self.powertools
    }

    /// Returns the environment, with the lines that were written.
    pub fn environment(&self) -> &TestEnvironment {
        &self.environment
    }

    /// Returns the clock, to move it.
    pub fn clock(&self) -> &ManualClock {
        self.environment.clock()
    }

    /// Returns the log records so far.
    pub fn records(&self) -> Vec<LoggedRecord> {
        self.environment.records()
    }

    /// Returns the first log record with this message.
    ///
    /// # Panics
    ///
    /// Panics if no record has this message. The panic message lists the messages of all records.
    #[track_caller]
    pub fn record(&self, message: &str) -> LoggedRecord {
        let records = self.records();
        let found = records.iter().find(|record| record.message() == message);
        found.cloned().unwrap_or_else(|| {
            let messages: Vec<_> = records.iter().map(LoggedRecord::message).collect();
            panic!("no record has the message {message:?}; there are: {messages:?}")
        })
    }

    /// Returns the log records so far that were written during the invocation with this request id.
    pub fn records_of(&self, request_id: &str) -> Vec<LoggedRecord> {
        let mut records = self.records();
        records.retain(|record| record.request_id() == Some(request_id));
        records
    }

    /// Returns the metrics so far. Those of an invocation are written at its end.
    pub fn metrics(&self) -> EmittedMetrics {
        self.environment.metrics()
    }

    /// Returns the spans so far. Those of an invocation are emitted at its end.
    pub fn spans(&self) -> Vec<EmittedSpan> {
        self.emitter.spans()
    }

    /// Returns the first span with this name; that of the handler is `handler`.
    ///
    /// # Panics
    ///
    /// Panics if no span has this name. The panic message lists the names of all spans.
    #[track_caller]
    pub fn span(&self, name: &str) -> EmittedSpan {
        self.emitter.span(name)
    }

    /// Returns the messages of the toolkit's warnings so far.
    pub fn warnings(&self) -> Vec<String> {
        self.environment.warnings()
    }
}

impl TestFunctionBuilder {
    /// Sets an environment variable.
    pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment = self.environment.var(name, value);
        self
    }

    /// Configures the utilities, as `main` does. The builder already has the environment, and its tracer keeps the spans for
    /// [`TestFunction::spans`].
    ///
    /// If it is called several times, each call changes what the earlier ones have set.
    pub fn powertools(mut self, configure: impl FnOnce(PowertoolsBuilder) -> PowertoolsBuilder + 'static) -> Self {
        let earlier = self.configure;
        self.configure = Box::new(move |builder| configure(earlier(builder)));
        self
    }

    /// Builds the function, and makes its subscriber the default of the current thread.
    pub fn build(self) -> TestFunction {
        let emitter = MemoryEmitter::new();
        let spans = emitter.clone();
        let builder = Powertools::builder()
            .environment(&self.environment)
            .tracer(|tracer| tracer.emitter(spans));
        let powertools = (self.configure)(builder).build();
        let subscriber = tracing_subscriber::registry().with(powertools.subscriber_layer());
        TestFunction {
            environment: self.environment,
            powertools,
            emitter,
            _subscriber: tracing::subscriber::set_default(subscriber),
        }
    }
}

impl Default for TestFunction {
    fn default() -> Self {
        Self::new()
    }
}

impl Debug for TestFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestFunction")
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

impl Debug for TestFunctionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestFunctionBuilder")
            .field("environment", &self.environment)
            .finish_non_exhaustive()
    }
}

/// Decodes the event, calls the handler and reads its response, as the runtime does.
async fn respond<A, F, R, B, S, D, E>(mut handler: F, request: LambdaInvocation) -> Result<Value, Diagnostic>
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
    let payload = serde_json::from_slice(&request.body).map_err(|error| {
        let message = format!("failed to deserialize the incoming data into the function's payload type: {error}");
        diagnostic("&lambda_runtime::deserializer::DeserializeError", message)
    })?;
    let event = LambdaEvent::new(payload, request.context);
    let called = catching_panics(async {
        poll_fn(|cx| handler.poll_ready(cx)).await.map_err(diagnostic_of)?;
        handler.call(event).await.map_err(diagnostic_of)
    });
    match called.await?.into_response() {
        FunctionResponse::BufferedResponse(body) => Ok(serde_json::to_value(&body)
            .unwrap_or_else(|error| panic!("the response cannot be encoded as JSON: {error}"))),
        FunctionResponse::StreamingResponse(mut response) => {
            let mut body = Vec::new();
            while let Some(chunk) = poll_fn(|cx| Pin::new(&mut response.stream).poll_next(cx)).await {
                let chunk = chunk.map_err(|error| {
                    let error: Error = error.into();
                    diagnostic("StreamError", error.to_string())
                })?;
                body.extend_from_slice(&chunk.into());
            }
            let text = || Value::from(String::from_utf8_lossy(&body));
            Ok(serde_json::from_slice(&body).unwrap_or_else(|_| text()))
        }
    }
}

#[track_caller]
fn decode<T: DeserializeOwned>(response: Value) -> T {
    let shown = response.to_string();
    serde_json::from_value(response)
        .unwrap_or_else(|error| panic!("the response is not a {}: {error}\n{shown}", std::any::type_name::<T>()))
}

/// Turns a panic into an error, as the runtime does.
async fn catching_panics<T>(future: impl Future<Output = Result<T, Diagnostic>>) -> Result<T, Diagnostic> {
    let mut future = pin!(future);
    poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(poll) => poll,
        Err(panic) => Poll::Ready(Err(of_panic(panic.as_ref()))),
    })
    .await
}

fn of_panic(panic: &(dyn Any + Send)) -> Diagnostic {
    let error_type = std::any::type_name::<Box<dyn Any + Send>>();
    diagnostic(error_type, format!("Lambda panicked: {}", panic_message(panic)))
}

fn diagnostic(error_type: &str, error_message: impl Into<String>) -> Diagnostic {
    Diagnostic {
        error_type: error_type.to_owned(),
        error_message: error_message.into(),
    }
}
