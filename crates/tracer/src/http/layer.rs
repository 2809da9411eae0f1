//! The layer for `tower` HTTP clients.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::{Request, Response};
use pin_project_lite::pin_project;
use powertools_lambda_core::ErrorReport;
use tower_layer::Layer;
use tower_service::Service;

use super::exchange::{Exchange, Target};
use super::rules::Rules;

/// Records the calls of an HTTP client and hands the trace on to hosts that should have it.
///
/// A `tower` layer for any `Service<http::Request<B>, Response = http::Response<C>>`, and with the feature `reqwest` a
/// middleware of `reqwest-middleware`. Each request becomes a span within the current one, named by the host, with
/// method, URL and status; it ends with the head of the response. User, query and fragment of the URL are left out, and
/// it is cut at 250 characters.
///
/// The tracing header goes to hosts of AWS (`*.amazonaws.com`, `*.api.aws`, `*.on.aws`) and to those that
/// [`propagate_to`](Self::propagate_to) adds; a header that is there already stays. Redirects that the client follows below
/// the layer, as `reqwest` does, are part of the request: the header goes along to wherever they lead, unless the client's
/// redirect policy forbids it.
#[derive(Clone, Debug)]
pub struct HttpLayer(Arc<Rules>);

impl HttpLayer {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Rules::aws()))
    }

    /// Sends the tracing header to this host, too.
    ///
    /// `*.example.com` are all hosts below `example.com`, `*` is every host.
    pub fn propagate_to(mut self, host: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).propagate.push(host.into());
        self
    }

    /// Records nothing of requests to this host whose path begins with `path`.
    ///
    /// Hosts are named as for [`propagate_to`](Self::propagate_to).
    pub fn ignore(mut self, host: impl Into<String>, path: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).ignore.push((host.into(), path.into()));
        self
    }

    pub(super) fn rules(&self) -> &Rules {
        &self.0
    }
}

impl<S> Layer<S> for HttpLayer {
    type Service = HttpService<S>;

    fn layer(&self, inner: S) -> HttpService<S> {
        HttpService {
            inner,
            layer: self.clone(),
        }
    }
}

/// The service that [`HttpLayer`] makes.
#[derive(Clone, Debug)]
pub struct HttpService<S> {
    inner: S,
    layer: HttpLayer,
}

impl<S, B, C> Service<Request<B>> for HttpService<S>
where
    S: Service<Request<B>, Response = Response<C>>,
    S::Error: fmt::Debug + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = HttpFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let uri = request.uri().clone();
        let target = Target {
            scheme: uri.scheme_str().unwrap_or("http"),
            host: uri.host().unwrap_or_default(),
            port: uri.port_u16(),
            path: uri.path(),
        };
        let method = request.method().clone();
        let exchange = Exchange::begin(self.layer.rules(), &method, &target, request.headers_mut());
        HttpFuture {
            inner: self.inner.call(request),
            exchange,
        }
    }
}

pin_project! {
    /// The future of [`HttpService`].
    #[must_use = "futures do nothing unless polled"]
    pub struct HttpFuture<F> {
        #[pin]
        inner: F,
        exchange: Option<Exchange>,
    }
}

impl<F, C, E> Future for HttpFuture<F>
where
    F: Future<Output = Result<Response<C>, E>>,
    E: fmt::Debug + 'static,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let result = ready!(this.inner.poll(cx));
        if let Some(exchange) = this.exchange.take() {
            match &result {
                Ok(response) => exchange.answered(response.status(), response.headers()),
                Err(error) => exchange.failed(|| report(error)),
            }
        }
        Poll::Ready(result)
    }
}

impl<F> fmt::Debug for HttpFuture<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpFuture").finish_non_exhaustive()
    }
}

/// Looks at a client's error without a bound: a boxed one gives its chain, any other its type's name and `Debug` text.
fn report<E: fmt::Debug + 'static>(error: &E) -> ErrorReport {
    let any: &dyn Any = error;
    if let Some(error) = any.downcast_ref::<Box<dyn Error + Send + Sync>>() {
        ErrorReport::new(error.as_ref())
    } else if let Some(error) = any.downcast_ref::<std::io::Error>() {
        ErrorReport::new(error)
    } else {
        ErrorReport::from_debug(error)
    }
}
