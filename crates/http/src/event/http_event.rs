//! [`HttpEvent`], a request in the form of its event source.

use std::fmt;

use http::StatusCode;
use lambda_http::Request;

use super::source::{EventSource, Format};
#[cfg(feature = "local")]
use super::target::with_target;

/// The payload of a function behind an HTTP API: a request from any event source.
///
/// Every source is read by the same decoder, which looks at what the event contains instead of trying one type after the other. A
/// header or a context of an unexpected form is left out, and the request is still served.
///
/// | source | read as |
/// |---|---|
/// | API Gateway REST API; HTTP API with payload format 1.0 | `httpMethod`, `path`, headers and parameters with all their values |
/// | API Gateway HTTP API, Lambda function URL | `rawPath`, `rawQueryString`, `cookies` |
/// | Application Load Balancer, with and without multi-value headers | the query as the client encoded it |
/// | API Gateway WebSocket API | the route key as path: `/$connect`, `/sendmessage`; GET, and POST for messages |
/// | VPC Lattice, event structure version 2 | `method`, `path`, headers and parameters as lists |
///
/// Version 1 of VPC Lattice's event structure is an error that names the setting.
pub struct HttpEvent {
    pub(crate) request: Request,
    pub(crate) source: EventSource,
    pub(crate) format: Format,
    /// The API's own template of the route, such as `/orders/{id}` or `/{proxy+}`.
    pub(crate) resource: Option<String>,
    pub(crate) correlation_id: Option<String>,
    /// The host that the event names, for a request without the header.
    pub(crate) host: Option<String>,
    /// What was left out of the request, because `http` does not accept it.
    pub(crate) left_out: Vec<String>,
    /// Why the request cannot be passed to the service.
    pub(crate) refusal: Option<(StatusCode, &'static str)>,
}

impl HttpEvent {
    /// Returns where the request came from.
    pub fn source(&self) -> EventSource {
        self.source
    }

    /// Returns the request.
    pub fn request(&self) -> &Request {
        &self.request
    }

    /// Returns the request of a client of the local server.
    #[cfg(feature = "local")]
    pub(crate) fn of_local_client(request: Request) -> Self {
        let raw_path = request.uri().path().to_owned();
        Self {
            request: with_target(request, &raw_path),
            source: EventSource::FunctionUrl,
            format: Format::Version2,
            resource: None,
            correlation_id: None,
            host: None,
            left_out: Vec::new(),
            refusal: None,
        }
    }
}

impl fmt::Debug for HttpEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpEvent")
            .field("source", &self.source)
            .field("method", self.request.method())
            .finish_non_exhaustive()
    }
}
