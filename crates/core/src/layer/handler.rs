//! [`HandlerLayer`], the layer around the handler that reports how it ended.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use lambda_runtime::{Diagnostic, LambdaEvent};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::{ErrorCause, ErrorReport, Invocation, Outcome, panic_message};

/// A layer around the handler that reports to the current invocation how the handler ended.
///
/// Layers that are added with `Runtime::layer` see neither the handler's error nor its panic, because the runtime
/// handles both inside them. Without this layer, utilities do not know whether the handler succeeded. Errors and panics
/// pass through unchanged. Outside the scope of an [`InvocationLayer`](crate::InvocationLayer) it does nothing.
///
/// The handler's error type must be `Debug + 'static`; an async function with `Result<_, lambda_runtime::Error>` is
/// fine. See [`DefaultErrorReporter`] for what is reported of it.
///
/// # Examples
///
/// ```
/// use lambda_runtime::{Error, LambdaEvent, service_fn};
/// use powertools_lambda_core::HandlerLayer;
/// use tower_layer::Layer;
///
/// async fn handler(_: LambdaEvent<serde_json::Value>) -> Result<(), Error> {
///     Err("out of stock".into())
/// }
///
/// let handler = HandlerLayer::new().layer(service_fn(handler));
/// // lambda_runtime::Runtime::new(handler).layer(invocation_layer).run_concurrent().await
/// # let _ = handler;
/// ```
///
/// A generic function that wraps any handler:
///
/// ```
/// use std::fmt::Debug;
///
/// use lambda_runtime::LambdaEvent;
/// use powertools_lambda_core::HandlerLayer;
/// use tower_layer::Layer;
/// use tower_service::Service;
///
/// fn reported<A, H>(handler: H) -> impl Service<LambdaEvent<A>, Response = H::Response, Error = H::Error>
/// where
///     H: Service<LambdaEvent<A>>,
///     H::Error: Debug + 'static,
/// {
///     HandlerLayer::new().layer(handler)
/// }
/// ```
///
/// [`InvocationLayer`](crate::InvocationLayer) shows where this layer goes in a custom runtime.
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing unless it wraps the handler: `HandlerLayer::new().layer(handler)`"]
pub struct HandlerLayer<R = DefaultErrorReporter> {
    reporter: R,
}

impl HandlerLayer {
    /// Creates a layer that reports errors with [`DefaultErrorReporter`].
    pub fn new() -> Self {
        Self::default()
    }
}

impl<R> HandlerLayer<R> {
    /// Sets how the handler's errors are reported: a function from `&E` to `&dyn Error`, or an [`ErrorReporter`].
    ///
    /// Use it if the handler returns your own error type, to report its message and its `source()` chain instead of its
    /// `Debug` text. Default: [`DefaultErrorReporter`].
    ///
    /// ```
    /// use std::error::Error;
    ///
    /// use powertools_lambda_core::HandlerLayer;
    ///
    /// fn as_error(error: &std::num::ParseIntError) -> &(dyn Error + 'static) {
    ///     error
    /// }
    ///
    /// let layer = HandlerLayer::new().report_errors_with(as_error as fn(&_) -> &(dyn Error + 'static));
    /// # let _ = layer;
    /// ```
    pub fn report_errors_with<W>(self, reporter: W) -> HandlerLayer<W> {
        HandlerLayer { reporter }
    }
}

impl<S, R: Clone> Layer<S> for HandlerLayer<R> {
    type Service = HandlerService<S, R>;

    fn layer(&self, inner: S) -> HandlerService<S, R> {
        HandlerService {
            inner,
            reporter: self.reporter.clone(),
        }
    }
}

/// The service that [`HandlerLayer`] creates.
#[derive(Clone, Debug)]
pub struct HandlerService<S, R = DefaultErrorReporter> {
    inner: S,
    reporter: R,
}

impl<S, R, A> Service<LambdaEvent<A>> for HandlerService<S, R>
where
    S: Service<LambdaEvent<A>>,
    R: ErrorReporter<S::Error> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = HandlerFuture<S::Future, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, event: LambdaEvent<A>) -> Self::Future {
        let inner = reporting_panics(|| self.inner.call(event));
        HandlerFuture {
            inner,
            reporter: self.reporter.clone(),
        }
    }
}

pin_project! {
    /// The future of [`HandlerService`].
    #[must_use = "futures do nothing unless polled"]
    pub struct HandlerFuture<F, R> {
        #[pin]
        inner: F,
        reporter: R,
    }
}

impl<F, R, T, E> Future for HandlerFuture<F, R>
where
    F: Future<Output = Result<T, E>>,
    R: ErrorReporter<E>,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = std::task::ready!(reporting_panics(|| this.inner.poll(cx)));
        if let Some(invocation) = Invocation::current() {
            invocation.report_outcome(match &result {
                Ok(_) => Outcome::Succeeded,
                Err(error) => Outcome::Failed(this.reporter.report(error)),
            });
        }
        Poll::Ready(result)
    }
}

impl<F, R> fmt::Debug for HandlerFuture<F, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerFuture").finish_non_exhaustive()
    }
}

/// Runs a part of the handler; reports a panic and resumes it.
fn reporting_panics<R>(f: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        if let Some(invocation) = Invocation::current() {
            invocation.report_outcome(Outcome::Panicked(panic_message(panic.as_ref())));
        }
        resume_unwind(panic)
    })
}

/// Captures a handler's error of type `E` for logs and traces.
///
/// Implemented by [`DefaultErrorReporter`] for every error type that is `Debug + 'static`, and by functions from `&E`
/// to `&dyn Error`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot report the handler's error `{E}`",
    label = "not an error reporter for `{E}`",
    note = "without `report_errors_with`, the handler's error type must be `Debug + 'static`",
    note = "`HandlerLayer::report_errors_with` takes a function `fn(&{E}) -> &(dyn std::error::Error + 'static)`"
)]
pub trait ErrorReporter<E> {
    /// Captures the error.
    fn report(&self, error: &E) -> ErrorReport;
}

/// Reports errors of any type; used unless [`HandlerLayer::report_errors_with`] sets another reporter.
///
/// | error | reported as |
/// |---|---|
/// | [`lambda_runtime::Error`] | its message and its `source()` chain |
/// | [`Diagnostic`] | its type and message |
/// | a type that a utility made known with [`Invocation::note_error_type`] | its message and its `source()` chain |
/// | any other type | the name of the type and its `Debug` text |
#[derive(Clone, Copy, Debug, Default)]
pub struct DefaultErrorReporter;

impl<E: fmt::Debug + 'static> ErrorReporter<E> for DefaultErrorReporter {
    fn report(&self, error: &E) -> ErrorReport {
        let any: &dyn Any = error;
        if let Some(boxed) = any.downcast_ref::<lambda_runtime::Error>() {
            ErrorReport::new(boxed.as_ref())
        } else if let Some(diagnostic) = any.downcast_ref::<Diagnostic>() {
            let Diagnostic {
                error_type,
                error_message,
            } = diagnostic;
            ErrorReport::from(ErrorCause {
                name: error_type.clone(),
                message: error_message.clone(),
            })
        } else {
            let noted = Invocation::current().and_then(|invocation| invocation.report_of_noted(any));
            noted.unwrap_or_else(|| ErrorReport::from_debug(error))
        }
    }
}

impl<E, F> ErrorReporter<E> for F
where
    F: Fn(&E) -> &(dyn Error + 'static),
{
    fn report(&self, error: &E) -> ErrorReport {
        ErrorReport::new(self(error))
    }
}
