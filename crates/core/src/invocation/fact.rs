//! [`Fact`], something that one utility passes to the others, so that they show it.

use std::time::Duration;

use crate::Value;

/// Something that happened in an invocation, shown by each utility that has a place for it.
///
/// Utilities do not know each other. [`Invocation::tell`](crate::Invocation::tell) passes a fact from one of them to
/// all others: the logger shows a key, the tracer an annotation, the metrics a count. If none of them takes part in the
/// invocation, this costs next to nothing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fact<'a> {
    /// A key for all further log records of the invocation; shown by the logger.
    Key {
        /// The name of the key.
        key: &'a str,
        /// Its value.
        value: Value<'a>,
    },
    /// An annotation of the current span, or of the handler's span if no other is open; shown by the tracer.
    Annotation {
        /// The name of the annotation: 1 to 500 characters of `A-Z a-z 0-9 _`.
        key: &'a str,
        /// Its value.
        value: Value<'a>,
    },
    /// A value of a metric with the unit `Count`; shown by the metrics.
    Count {
        /// The name of the metric.
        name: &'a str,
        /// The value to add.
        value: f64,
    },
    /// Values of metrics that have their own dimensions, written on a separate line; shown by the metrics.
    Measurements {
        /// The dimensions, in addition to the service.
        dimensions: &'a [(&'a str, &'a str)],
        /// The values.
        values: &'a [Measurement<'a>],
    },
    /// The id that the event carries from its sender; shown by the logger as the correlation id, unless the invocation
    /// has one already.
    CorrelationId(&'a str),
    /// The HTTP request that the invocation answers; shown by the logger as keys, and by the tracer in the `http` block
    /// of the handler's subsegment.
    Http(HttpFacts<'a>),
}

/// A value of a metric, for [`Fact::Measurements`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Measurement<'a> {
    /// A value with the unit `Count`.
    Count {
        /// The name of the metric.
        name: &'a str,
        /// The value.
        value: f64,
    },
    /// A time with the unit `Milliseconds`.
    Time {
        /// The name of the metric.
        name: &'a str,
        /// The time.
        time: Duration,
    },
}

/// The HTTP request that an invocation answers, for [`Fact::Http`].
///
/// ```
/// use powertools_lambda_core::HttpFacts;
///
/// let facts = HttpFacts::new("GET", "https://example.com/orders/7").route("/orders/{id}").status(200);
/// assert_eq!(facts.route, Some("/orders/{id}"));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct HttpFacts<'a> {
    /// The method, such as `GET`.
    pub method: &'a str,
    /// The URL without user, query and fragment, because those may contain secrets.
    pub url: &'a str,
    /// The template of the route that matched, such as `/orders/{id}`.
    pub route: Option<&'a str>,
    /// The status of the response, once it is known.
    pub status: Option<u16>,
    /// The length of the response's body in bytes, once it is known.
    pub content_length: Option<u64>,
    /// The time from the request to the response, once it is known.
    pub latency: Option<Duration>,
}

impl<'a> HttpFacts<'a> {
    /// Creates the facts of a request. `url` must not contain user, query or fragment, because utilities show it as is.
    pub const fn new(method: &'a str, url: &'a str) -> Self {
        Self {
            method,
            url,
            route: None,
            status: None,
            content_length: None,
            latency: None,
        }
    }

    /// Sets the template of the route that matched, such as `/orders/{id}`.
    #[must_use]
    pub const fn route(mut self, route: &'a str) -> Self {
        self.route = Some(route);
        self
    }

    /// Sets the status of the response.
    #[must_use]
    pub const fn status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Sets the length of the response's body in bytes.
    #[must_use]
    pub const fn content_length(mut self, bytes: u64) -> Self {
        self.content_length = Some(bytes);
        self
    }

    /// Sets the time from the request to the response.
    #[must_use]
    pub const fn latency(mut self, latency: Duration) -> Self {
        self.latency = Some(latency);
        self
    }
}
