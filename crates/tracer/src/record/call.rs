//! What is known of a call to another service, and of the request that the handler answers.

/// What a span of an AWS SDK call knows beside the HTTP exchange.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsCall {
    /// The operation, such as `PutItem`.
    pub operation: String,
    /// The region the request was signed for.
    pub region: Option<String>,
    /// The id the service gave the request.
    pub request_id: Option<String>,
    /// How many times the request was tried again.
    pub retries: u32,
    /// What the call is about, such as `table_name` and `orders`, in X-Ray's terms.
    pub resources: Vec<(&'static str, Vec<String>)>,
}

/// What a span knows of an HTTP exchange: a call to another service, or the request that the handler answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpCall {
    /// The method; empty for an AWS SDK call.
    pub method: String,
    /// The URL without user, query and fragment; empty for an AWS SDK call.
    pub url: String,
    /// The status of the response, where one came.
    pub status: Option<u16>,
    /// The length the response announced.
    pub content_length: Option<u64>,
}
