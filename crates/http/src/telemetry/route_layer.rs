//! [`RouteLayer`], which tells the telemetry the route that an axum router matched.

use std::sync::Arc;
use std::task::{Context, Poll};

use axum::extract::MatchedPath;
use tower_layer::Layer;
use tower_service::Service;

use super::Exchange;

/// A layer for [`axum::Router::layer`] that records the template of the matched route in logs, metrics and traces.
///
/// A router that is passed directly to `Powertools::run_http` or [`HttpHandler::new`](crate::HttpHandler::new) already has it. If
/// a router is inside another service, add it to the router as the last layer.
///
/// ```
/// use axum::Router;
/// use axum::routing::get;
/// use powertools_lambda_http::RouteLayer;
///
/// let router: Router = Router::new().route("/orders/{id}", get(|| async { "order" })).layer(RouteLayer::new());
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "a layer does nothing until it is added to a router"]
pub struct RouteLayer(());

impl RouteLayer {
    /// Creates the layer.
    pub fn new() -> Self {
        Self(())
    }
}

impl<S> Layer<S> for RouteLayer {
    type Service = RouteService<S>;

    fn layer(&self, inner: S) -> RouteService<S> {
        RouteService(inner)
    }
}

/// The service that [`RouteLayer`] creates.
#[derive(Clone, Debug)]
pub struct RouteService<S>(S);

impl<S: Service<http::Request<B>>, B> Service<http::Request<B>> for RouteService<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: http::Request<B>) -> S::Future {
        let extensions = request.extensions();
        if let Some(exchange) = extensions.get::<Arc<Exchange>>() {
            exchange.matched(extensions.get::<MatchedPath>().map(MatchedPath::as_str));
        }
        self.0.call(request)
    }
}
