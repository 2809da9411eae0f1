//! The inner seam: a layer around the handler that knows how it ended.

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

use crate::{Cause, ErrorReport, Invocation, Outcome, panic_message};

/// A layer around the handler that reports how it ended to the current invocation.
///
/// The runtime's own layers see neither the handler's error nor its panic: both were posted before they resume. The
/// error and the panic pass through unchanged. Outside the scope of an [`InvocationLayer`](crate::InvocationLayer) it
/// does nothing.
#[derive(Clone, Debug, Default)]
pub struct HandlerLayer<V = ErrorByAny> {
    view: V,
}

impl HandlerLayer {
    /// Creates a layer that looks at errors by [`ErrorByAny`].
    pub fn new() -> Self {
        Self::default()
    }
}

impl<V> HandlerLayer<V> {
    /// Looks at the handler's errors through `view`: a function from `&E` to `&dyn Error`, for error types of your own.
    pub fn error_view<W>(self, view: W) -> HandlerLayer<W> {
        HandlerLayer { view }
    }
}

impl<S, V: Clone> Layer<S> for HandlerLayer<V> {
    type Service = HandlerService<S, V>;

    fn layer(&self, inner: S) -> HandlerService<S, V> {
        HandlerService {
            inner,
            view: self.view.clone(),
        }
    }
}

/// The service that [`HandlerLayer`] makes.
#[derive(Clone, Debug)]
pub struct HandlerService<S, V = ErrorByAny> {
    inner: S,
    view: V,
}

impl<S, V, A> Service<LambdaEvent<A>> for HandlerService<S, V>
where
    S: Service<LambdaEvent<A>>,
    V: ErrorView<S::Error> + Clone,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = HandlerFuture<S::Future, V>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, event: LambdaEvent<A>) -> Self::Future {
        let inner = reporting_panics(|| self.inner.call(event));
        HandlerFuture {
            inner,
            view: self.view.clone(),
        }
    }
}

pin_project! {
    /// The future of [`HandlerService`].
    #[must_use = "futures do nothing unless polled"]
    pub struct HandlerFuture<F, V> {
        #[pin]
        inner: F,
        view: V,
    }
}

impl<F, V, T, E> Future for HandlerFuture<F, V>
where
    F: Future<Output = Result<T, E>>,
    V: ErrorView<E>,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = std::task::ready!(reporting_panics(|| this.inner.poll(cx)));
        if let Some(invocation) = Invocation::current() {
            invocation.report(match &result {
                Ok(_) => Outcome::Succeeded,
                Err(error) => Outcome::Failed(this.view.report(error)),
            });
        }
        Poll::Ready(result)
    }
}

impl<F, V> fmt::Debug for HandlerFuture<F, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerFuture").finish_non_exhaustive()
    }
}

/// Runs a part of the handler; a panic is reported and goes on.
fn reporting_panics<R>(f: impl FnOnce() -> R) -> R {
    catch_unwind(AssertUnwindSafe(f)).unwrap_or_else(|panic| {
        if let Some(invocation) = Invocation::current() {
            invocation.report(Outcome::Panicked(panic_message(panic.as_ref())));
        }
        resume_unwind(panic)
    })
}

/// How to look at an error of type `E`.
///
/// Implemented by [`ErrorByAny`] for every error type, and by functions from `&E` to `&dyn Error`.
pub trait ErrorView<E> {
    /// Captures the error.
    fn report(&self, error: &E) -> ErrorReport;
}

/// Looks at errors without a bound of its own.
///
/// [`lambda_runtime::Error`] gives its `source()` chain, [`Diagnostic`] its type and message, any other type its name
/// and `Debug` text.
#[derive(Clone, Copy, Debug, Default)]
pub struct ErrorByAny;

impl<E: fmt::Debug + 'static> ErrorView<E> for ErrorByAny {
    fn report(&self, error: &E) -> ErrorReport {
        let any: &dyn Any = error;
        if let Some(boxed) = any.downcast_ref::<lambda_runtime::Error>() {
            ErrorReport::new(boxed.as_ref())
        } else if let Some(diagnostic) = any.downcast_ref::<Diagnostic>() {
            let Diagnostic {
                error_type,
                error_message,
            } = diagnostic;
            ErrorReport::from(Cause {
                name: error_type.clone(),
                message: error_message.clone(),
            })
        } else {
            ErrorReport::from_debug(error)
        }
    }
}

impl<E, F> ErrorView<E> for F
where
    F: Fn(&E) -> &(dyn Error + 'static),
{
    fn report(&self, error: &E) -> ErrorReport {
        ErrorReport::new(self(error))
    }
}
