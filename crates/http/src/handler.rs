//! [`HttpHandler`], a service of requests as a handler of events.

use std::fmt;
use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderValue, Method, StatusCode};
use http_body::Body;
use lambda_http::{Request, RequestExt};
use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda_core::Environment;
use tower_service::Service;

use crate::event::{EventSource, Format, HttpEvent};
use crate::response::{HttpResponse, ResponseBody, ResponseStream, collect};
use crate::telemetry::{Exchange, Routes, with_routes};
use crate::{ApiError, HttpOptions};

/// A handler of events made from a [`tower_service::Service`] of requests, such as an axum router.
///
/// It reads the events of every source, calls the service with an [`http::Request`], and answers in the form of the source.
/// `Powertools::run_http` runs one; `TestFunction::invoke` invokes one in a test.
///
/// The error of the service fails the invocation; axum's routers have none.
pub struct HttpHandler<S> {
    service: S,
    shared: Arc<Shared>,
}

struct Shared {
    options: HttpOptions,
    environment: Environment,
    routes: Routes,
    /// Whether the service itself tells the telemetry the route of each request.
    tells_routes: bool,
}

impl<S: 'static> HttpHandler<S> {
    /// Creates a handler of `service`.
    ///
    /// With the feature `axum`, a router is given the layer that records the template of each route. If the router
    /// is inside another service, add [`RouteLayer`](crate::RouteLayer) to it.
    pub fn new(service: S, options: HttpOptions, environment: &Environment) -> Self {
        let (service, tells_routes) = with_routes(service);
        Self {
            service,
            shared: Arc::new(Shared {
                options,
                environment: environment.clone(),
                routes: Routes::new(environment.warnings()),
                tells_routes,
            }),
        }
    }
}

impl<S, B> Service<LambdaEvent<HttpEvent>> for HttpHandler<S>
where
    S: Service<Request, Response = http::Response<B>>,
    S::Future: Send + 'static,
    S::Error: Send + 'static,
    B: Body<Data: Send, Error: Into<Error>> + Send + 'static,
{
    type Response = HttpResponse;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(cx)
    }

    fn call(&mut self, event: LambdaEvent<HttpEvent>) -> Self::Future {
        let LambdaEvent {
            payload: event,
            context,
        } = event;
        let shared = Arc::clone(&self.shared);
        shared.options.error_format.note();
        shared.warn_of(&event);
        let exchange = Arc::new(Exchange::begin(&event, &shared.environment, !shared.tells_routes));
        let to = Destination {
            source: event.source,
            format: event.format,
            is_head: event.request.method() == Method::HEAD,
        };
        if let Some((status, reason)) = event.refusal {
            tracing::error!(
                status = status.as_u16(),
                reason,
                "request refused: its event is not valid"
            );
            let response = ApiError::new(status, reason).in_format(shared.options.error_format);
            return Box::pin(ready(Ok(shared.respond_whole(response, to, &exchange))));
        }
        let mut request = event.request;
        if let Some(Ok(trace)) = context.xray_trace_id.as_deref().map(HeaderValue::from_str) {
            request.headers_mut().insert("x-amzn-trace-id", trace);
        }
        request.extensions_mut().insert(Arc::clone(&exchange));
        let request = request.with_lambda_context(context);

        let unanswered = Unanswered::new(&shared, &exchange);
        if !shared.options.catch_panics {
            let future = self.service.call(request);
            return Box::pin(async move {
                let response = shared.respond(future.await?, to, &exchange).await;
                Ok(unanswered.answered(response))
            });
        }
        let Ok(future) = catch_unwind(AssertUnwindSafe(|| self.service.call(request))) else {
            let response = shared.respond_to_panic(to, &exchange);
            return Box::pin(ready(Ok(unanswered.answered(response))));
        };
        Box::pin(async move {
            let responding = async { Ok(shared.respond(future.await?, to, &exchange).await) };
            let response = match caught(responding).await {
                Some(response) => response?,
                None => shared.respond_to_panic(to, &exchange),
            };
            Ok(unanswered.answered(response))
        })
    }
}

/// Counts a request that gets no response, because the service fails or panics, if requests are counted.
struct Unanswered(Option<(Arc<Shared>, Arc<Exchange>)>);

impl Unanswered {
    fn new(shared: &Arc<Shared>, exchange: &Arc<Exchange>) -> Self {
        let is_counted = shared.options.route_metrics;
        Self(is_counted.then(|| (Arc::clone(shared), Arc::clone(exchange))))
    }

    /// Returns the response, which has been counted.
    fn answered(mut self, response: HttpResponse) -> HttpResponse {
        self.0 = None;
        response
    }
}

impl Drop for Unanswered {
    fn drop(&mut self) {
        if let Some((shared, exchange)) = &self.0 {
            exchange.end_without_response(&shared.routes);
        }
    }
}

/// Where a response goes.
#[derive(Clone, Copy)]
struct Destination {
    source: EventSource,
    format: Format,
    is_head: bool,
}

impl Shared {
    async fn respond<B>(&self, response: http::Response<B>, to: Destination, exchange: &Exchange) -> HttpResponse
    where
        B: Body<Data: Send, Error: Into<Error>> + Send + 'static,
    {
        if self.options.streaming && !to.is_head {
            if to.source.can_stream() {
                exchange.end(
                    response.status(),
                    response.body().size_hint().exact(),
                    self.options,
                    &self.routes,
                );
                let response = response.map(|body| ResponseBody::Stream(ResponseStream::new(body)));
                return self.in_format(response, to);
            }
            self.environment.warnings().once(
                "streaming",
                format_args!(
                    "streaming is on, but {} takes only whole responses: its responses are buffered",
                    to.source.name()
                ),
            );
        }
        let (parts, body) = response.into_parts();
        let body = if to.is_head {
            Ok(Bytes::new())
        } else {
            collect(body).await
        };
        match body {
            Ok(body) => self.respond_whole(http::Response::from_parts(parts, body), to, exchange),
            Err(error) => {
                let error: Error = error.into();
                let error: &(dyn std::error::Error + 'static) = &*error;
                tracing::error!(error, "the body of the response failed: the client gets status 500");
                self.respond_with_error(to, exchange)
            }
        }
    }

    fn respond_whole(&self, response: http::Response<Bytes>, to: Destination, exchange: &Exchange) -> HttpResponse {
        let (status, length) = (response.status(), response.body().len());
        let response = self.in_format(response.map(ResponseBody::Whole), to);
        let limit = to.source.max_response_bytes();
        if !response.fits(limit) {
            tracing::error!(
                content_length = length,
                limit,
                "the response is too large for {}: the client gets status 500",
                to.source.name()
            );
            return self.respond_with_error(to, exchange);
        }
        exchange.end(status, u64::try_from(length).ok(), self.options, &self.routes);
        response
    }

    /// Answers a panic, which the panic hook has logged.
    fn respond_to_panic(&self, to: Destination, exchange: &Exchange) -> HttpResponse {
        self.respond_with_error(to, exchange)
    }

    fn respond_with_error(&self, to: Destination, exchange: &Exchange) -> HttpResponse {
        let response = ApiError::from_status(StatusCode::INTERNAL_SERVER_ERROR).in_format(self.options.error_format);
        let response: http::Response<Bytes> = response;
        let length = u64::try_from(response.body().len()).ok();
        exchange.end(response.status(), length, self.options, &self.routes);
        self.in_format(response.map(ResponseBody::Whole), to)
    }

    fn in_format(&self, response: http::Response<ResponseBody>, to: Destination) -> HttpResponse {
        let (parts, body) = response.into_parts();
        let body = match body {
            // An API that streams cannot read the other format, not even for an error.
            ResponseBody::Whole(body) if self.options.streaming && to.source.can_stream() => {
                ResponseBody::Stream(ResponseStream::new(lambda_http::Body::from(body.to_vec())))
            }
            body => body,
        };
        HttpResponse {
            parts,
            body,
            format: to.format,
            warnings: self.environment.warnings().clone(),
        }
    }

    fn warn_of(&self, event: &HttpEvent) {
        for name in &event.left_out {
            // One warning for all names, because clients choose them.
            self.environment.warnings().once(
                "request header",
                format_args!("the header {name:?} of a request is not valid in HTTP: it is left out"),
            );
        }
    }
}

/// Awaits a future; returns `None` if it panics.
async fn caught<F: Future>(future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    std::future::poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Some),
        Err(_panic) => Poll::Ready(None),
    })
    .await
}

impl<S: Clone> Clone for HttpHandler<S> {
    fn clone(&self) -> Self {
        Self {
            service: self.service.clone(),
            shared: Arc::clone(&self.shared),
        }
    }
}

impl<S> fmt::Debug for HttpHandler<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpHandler")
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}
