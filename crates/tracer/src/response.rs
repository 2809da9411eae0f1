//! [`ResponseLayer`], which adds the handler's response to the trace.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use lambda_runtime::LambdaEvent;
use powertools_lambda_core::Invocation;
use serde::Serialize;
use tower_layer::Layer;
use tower_service::Service;

use crate::utility::TracerUtility;

/// A layer around the handler that adds its response to the metadata of the handler's subsegment.
///
/// It goes inside the [`HandlerLayer`](crate::HandlerLayer). The response must implement [`Serialize`]; its key is
/// `handler response`, and a response that is `null` in JSON is left out. Nothing is serialised if the trace is not
/// recorded or `POWERTOOLS_TRACER_CAPTURE_RESPONSE` is false.
///
/// ```
/// use lambda_runtime::{Error, LambdaEvent, service_fn};
/// use powertools_lambda_tracer::{HandlerLayer, Tracer};
/// use tower_layer::Layer;
///
/// async fn handler(_: LambdaEvent<serde_json::Value>) -> Result<String, Error> {
///     Ok("booked".to_owned())
/// }
///
/// let tracer = Tracer::from_env();
/// let handler = tracer.response_layer().layer(service_fn(handler));
/// let handler = HandlerLayer::new().layer(handler);
/// # let _ = handler;
/// ```
#[derive(Clone, Copy, Debug)]
#[must_use = "a layer does nothing unless it wraps the handler: `tracer.response_layer().layer(handler)`"]
pub struct ResponseLayer {
    pub(crate) enabled: bool,
}

/// The key of the response in the metadata.
const KEY: &str = "handler response";

impl<S> Layer<S> for ResponseLayer {
    type Service = ResponseService<S>;

    fn layer(&self, inner: S) -> ResponseService<S> {
        ResponseService {
            inner,
            enabled: self.enabled,
        }
    }
}

/// The service that [`ResponseLayer`] creates.
#[derive(Clone, Debug)]
pub struct ResponseService<S> {
    inner: S,
    enabled: bool,
}

impl<S, A> Service<LambdaEvent<A>> for ResponseService<S>
where
    S: Service<LambdaEvent<A>>,
    S::Response: Serialize,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, event: LambdaEvent<A>) -> Self::Future {
        ResponseFuture {
            inner: self.inner.call(event),
            enabled: self.enabled,
        }
    }
}

pin_project_lite::pin_project! {
    /// The future of [`ResponseService`].
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        enabled: bool,
    }
}

impl<F, T, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<T, E>>,
    T: Serialize,
{
    type Output = Result<T, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let result = ready!(this.inner.poll(cx));
        if *this.enabled
            && let Ok(response) = &result
            && let Some(invocation) = Invocation::current()
            && let Some((tracer, trace)) = TracerUtility::of(&invocation)
        {
            tracer.with_json(KEY, response, |json| {
                if json != b"null" {
                    tracer.set_metadata(trace.handler(), None, KEY, json);
                }
            });
        }
        Poll::Ready(result)
    }
}

impl<F> fmt::Debug for ResponseFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}
