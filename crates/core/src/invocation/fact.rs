//! What one utility says for the others to show.

use crate::Value;

/// Something that happened in an invocation, said once and shown by each utility that can show it.
///
/// Utilities do not know each other. What one has to say through another's output goes through
/// [`Invocation::tell`](crate::Invocation::tell): the logger shows a key, the tracer an annotation, metrics a count. If
/// none of them takes part in the invocation, telling costs next to nothing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Fact<'a> {
    /// A key for all further log records of the invocation. Shown by the logger.
    Key {
        /// The name of the key.
        key: &'a str,
        /// Its value.
        value: Value<'a>,
    },
    /// An annotation of the span that the code runs in, or of the handler's. Shown by the tracer.
    Annotation {
        /// The name of the annotation: 1 to 500 of `A-Z a-z 0-9 _`.
        key: &'a str,
        /// Its value.
        value: Value<'a>,
    },
    /// A value of a metric in the unit `Count`. Shown by the metrics.
    Count {
        /// The name of the metric.
        name: &'a str,
        /// How many.
        value: f64,
    },
    /// The HTTP request that the invocation answers. Shown by the logger as keys, and by the tracer in the `http` block of
    /// the handler's subsegment.
    Http(HttpFacts<'a>),
}

/// The facts of the HTTP request that an invocation answers.
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
    /// The URL without user, query and fragment, which may hold secrets.
    pub url: &'a str,
    /// The template of the route that matched, such as `/orders/{id}`.
    pub route: Option<&'a str>,
    /// The status of the response, once it is known.
    pub status: Option<u16>,
    /// The length of the response's body in bytes, once it is known.
    pub content_length: Option<u64>,
}

impl<'a> HttpFacts<'a> {
    /// Creates the facts of a request; the URL has no user, query or fragment.
    pub const fn new(method: &'a str, url: &'a str) -> Self {
        Self {
            method,
            url,
            route: None,
            status: None,
            content_length: None,
        }
    }

    /// Sets the template of the route that matched.
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
}
