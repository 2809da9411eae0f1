//! [`HttpOptions`], the options for requests.

use crate::ErrorFormat;

/// Options for HTTP requests.
///
/// Without any option, a request has the keys `http_method`, `http_route`, `http_status` and `http_latency_ms` in the logs and
/// an `http` block in the trace.
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "options do nothing until they are used"]
#[allow(clippy::struct_excessive_bools)] // independent switches, each with a setter
pub struct HttpOptions {
    pub(crate) access_log: bool,
    pub(crate) route_metrics: bool,
    pub(crate) catch_panics: bool,
    pub(crate) streaming: bool,
    pub(crate) error_format: ErrorFormat,
}

impl HttpOptions {
    /// Creates the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether each request is logged when its response is known: one record of level INFO, `request handled`. Default: no.
    pub fn access_log(mut self, is_on: bool) -> Self {
        self.access_log = is_on;
        self
    }

    /// Sets whether each request counts in the metrics `Requests`, `Latency` (milliseconds), `4xx` and `5xx`, with the
    /// dimension `route`. Default: no.
    ///
    /// The dimension is the template of the route, `unmatched` if no route is known, and `other` after 64 different routes, with
    /// one warning. It is never the path. `4xx` and `5xx` are 0 or 1, so that their average is the rate of errors.
    /// A request that gets no response, because the service returns an error or panics, counts in `5xx`. One during which Lambda
    /// ends the function, at its timeout for example, is in none of them: Lambda's own metric `Errors` has it.
    pub fn route_metrics(mut self, is_on: bool) -> Self {
        self.route_metrics = is_on;
        self
    }

    /// Sets whether a panic is answered with status 500. Default: no, the invocation fails.
    ///
    /// An invocation that fails counts in Lambda's metric `Errors`, and the client gets status 502 from most sources. The panic
    /// is logged and is a fault in the trace either way.
    pub fn catch_panics(mut self, is_on: bool) -> Self {
        self.catch_panics = is_on;
        self
    }

    /// Sets whether responses are sent while the service writes them. Default: no.
    ///
    /// A function URL needs the invoke mode `RESPONSE_STREAM`, a REST API the response transfer mode `STREAM`. The responses to
    /// other sources are buffered, with one warning.
    pub fn streaming(mut self, is_on: bool) -> Self {
        self.streaming = is_on;
        self
    }

    /// Sets the format of [`ApiError`](crate::ApiError)s. Default: [`ErrorFormat::Problem`].
    pub fn error_format(mut self, format: ErrorFormat) -> Self {
        self.error_format = format;
        self
    }
}
