//! [`HttpLayer`], the layer for `tower` HTTP clients.

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

/// Records the calls of an HTTP client and passes the trace on to selected hosts.
///
/// It is a `tower` layer for any `Service<http::Request<B>, Response = http::Response<C>>` and, with the feature
/// `reqwest`, a middleware of `reqwest-middleware`. Each request becomes a span within the current one, named after the
/// host, with method, URL and status. It ends when the head of the response arrives. The URL is recorded without user,
/// query and fragment, and cut at 250 characters.
///
/// The tracing header is sent to hosts of AWS (`*.amazonaws.com`, `*.amazonaws.com.cn`, `*.api.aws`, `*.on.aws`) and to
/// those that [`propagate_to`](Self::propagate_to) adds; a header that the request already has is kept. If the client
/// follows redirects below the layer, as `reqwest` does, the header also goes to the redirect's target, unless the
/// client's redirect policy prevents that.
///
/// # Examples
///
/// ```
/// use powertools_lambda_tracer::Tracer;
/// use tower_layer::Layer;
///
/// # fn wrap<S>(tracer: &Tracer, http_client: S) -> powertools_lambda_tracer::HttpService<S> {
/// let layer = tracer.http_layer().propagate_to("*.payments.example").ignore("localhost", "/health");
/// layer.layer(http_client)
/// # }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing unless it wraps a client"]
pub struct HttpLayer(Arc<Rules>);

impl HttpLayer {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Rules::aws()))
    }

    /// Also sends the tracing header to this host.
    ///
    /// `*.example.com` means all hosts below `example.com`, and `*` every host. Case is ignored.
    pub fn propagate_to(mut self, host: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.0).propagate.push(host.into());
        self
    }

    /// Excludes requests to this host whose path begins with `path` from the trace.
    ///
    /// `host` takes the same patterns as [`propagate_to`](Self::propagate_to).
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

/// The service that [`HttpLayer`] creates.
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

/// Captures a client's error: its chain if it is boxed or an I/O error, otherwise its type's name and `Debug` text.
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
