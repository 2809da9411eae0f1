//! [`Exchange`], a request and its response, as passed to the other utilities.

use std::sync::OnceLock;
use std::time::Duration;

use http::{Method, StatusCode};
use powertools_lambda_core::{Clock, Environment, Fact, HttpFacts, Invocation, Measurement};

use super::Routes;
use crate::HttpOptions;
use crate::event::HttpEvent;

/// A request and its response. Each request has it in its extensions.
pub(crate) struct Exchange {
    method: Method,
    /// Without query.
    url: String,
    /// The API's own template of the route.
    resource: Option<String>,
    /// The router's template of the route, or that no route matched.
    route: OnceLock<Option<Box<str>>>,
    began: Duration,
    clock: Clock,
}

impl Exchange {
    /// Begins the exchange, and tells its correlation id; and the request, if `tells_request`.
    pub(crate) fn begin(event: &HttpEvent, environment: &Environment, tells_request: bool) -> Self {
        let clock = environment.clock().clone();
        let exchange = Self {
            method: event.request.method().clone(),
            url: url(event),
            resource: event.resource.clone(),
            route: OnceLock::new(),
            began: clock.monotonic(),
            clock,
        };
        if let Some(invocation) = Invocation::current() {
            if let Some(id) = &event.correlation_id {
                invocation.tell(&Fact::CorrelationId(id));
            }
            if tells_request {
                invocation.tell(&Fact::Http(exchange.facts()));
            }
        }
        exchange
    }

    /// Tells the request, with the route that the router matched, if it matched one.
    #[cfg(feature = "axum")]
    pub(crate) fn matched(&self, route: Option<&str>) {
        let _ = self.route.set(route.map(Into::into));
        if let Some(invocation) = Invocation::current() {
            invocation.tell(&Fact::Http(self.facts()));
        }
    }

    /// Tells the response.
    pub(crate) fn end(&self, status: StatusCode, length: Option<u64>, options: HttpOptions, routes: &Routes) {
        let latency = self.latency();
        if let Some(invocation) = Invocation::current() {
            let mut facts = self.facts().status(status.as_u16()).latency(latency);
            facts.content_length = length;
            invocation.tell(&Fact::Http(facts));
            if options.route_metrics {
                routes.count(&invocation, self.route(), status, latency);
            }
        }
        if options.access_log {
            tracing::info!(target: "powertools_lambda_http::access", content_length = length, "request handled");
        }
    }

    /// Counts a request that gets no response; most sources then send status 502.
    pub(crate) fn end_without_response(&self, routes: &Routes) {
        if let Some(invocation) = Invocation::current() {
            routes.count(&invocation, self.route(), StatusCode::BAD_GATEWAY, self.latency());
        }
    }

    fn latency(&self) -> Duration {
        self.clock.monotonic().saturating_sub(self.began)
    }

    fn facts(&self) -> HttpFacts<'_> {
        let facts = HttpFacts::new(self.method.as_str(), &self.url);
        match self.route() {
            Some(route) => facts.route(route),
            None => facts,
        }
    }

    fn route(&self) -> Option<&str> {
        match self.route.get() {
            Some(route) => route.as_deref(),
            None => self.resource.as_deref(),
        }
    }
}

impl Routes {
    fn count(&self, invocation: &Invocation, route: Option<&str>, status: StatusCode, latency: Duration) {
        let is = |error: bool| if error { 1.0 } else { 0.0 };
        let values = [
            Measurement::Count {
                name: "Requests",
                value: 1.0,
            },
            Measurement::Time {
                name: "Latency",
                time: latency,
            },
            Measurement::Count {
                name: "4xx",
                value: is(status.is_client_error()),
            },
            Measurement::Count {
                name: "5xx",
                value: is(status.is_server_error()),
            },
        ];
        let route = self.bounded(route.unwrap_or("unmatched"));
        invocation.tell(&Fact::Measurements {
            dimensions: &[("route", route)],
            values: &values,
        });
    }
}

/// Returns the request's URL without user, query and fragment.
fn url(event: &HttpEvent) -> String {
    let headers = event.request.headers();
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text("host").or(event.host.as_deref()).unwrap_or("localhost");
    // A host has no user in front of it.
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let scheme = text("x-forwarded-proto").unwrap_or("https");
    let path = event.request.uri().path();
    let mut url = String::with_capacity(scheme.len() + 3 + host.len() + path.len());
    for part in [scheme, "://", host, path] {
        url.push_str(part);
    }
    url
}
