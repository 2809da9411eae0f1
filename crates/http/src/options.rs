//! [`HttpOptions`], what is optional for requests.

use crate::ErrorForm;

/// Options for HTTP requests.
///
/// Without any option, a request has the keys `http_method`, `http_route`, `http_status` and `http_latency_ms` in the logs and
/// an `http` block in the trace.
#[derive(Clone, Copy, Debug, Default)]
#[must_use = "options do nothing until they are used"]
#[allow(clippy::struct_excessive_bools)] // independent switches, each with a setter
pub struct HttpOptions {
    pub(crate) access_record: bool,
    pub(crate) route_metrics: bool,
    pub(crate) answers_panics: bool,
    pub(crate) streaming: bool,
    pub(crate) error_form: ErrorForm,
}

impl HttpOptions {
    /// Creates the default options.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets whether each request has one record of level INFO when it is answered, `request answered`. Default: no.
    pub fn access_record(mut self, is_on: bool) -> Self {
        self.access_record = is_on;
        self
    }

    /// Sets whether each request counts in the metrics `Requests`, `Latency` (milliseconds), `4xx` and `5xx`, with the
    /// dimension `route`. Default: no.
    ///
    /// The dimension is the template of the route, `unmatched` if no route is known, and `other` after 64 different routes, with
    /// one warning. It is never the path. `4xx` and `5xx` are 0 or 1, so that their average is the rate of errors.
    pub fn route_metrics(mut self, is_on: bool) -> Self {
        self.route_metrics = is_on;
        self
    }

    /// Sets whether a panic is answered with status 500. Default: no, the invocation fails.
    ///
    /// An invocation that fails counts in Lambda's metric `Errors`, and the client gets status 502 of most sources. The panic is
    /// logged and is a fault in the trace either way.
    pub fn answer_panics(mut self, is_on: bool) -> Self {
        self.answers_panics = is_on;
        self
    }

    /// Sets whether answers are sent while the service writes them. Default: no.
    ///
    /// A function URL needs the invoke mode `RESPONSE_STREAM`, a REST API the response transfer mode `STREAM`. The answers to
    /// other sources are buffered, with one warning.
    pub fn streaming(mut self, is_on: bool) -> Self {
        self.streaming = is_on;
        self
    }

    /// Sets the form of [`ApiError`](crate::ApiError)s. Default: [`ErrorForm::Problem`].
    pub fn error_form(mut self, form: ErrorForm) -> Self {
        self.error_form = form;
        self
    }
}
