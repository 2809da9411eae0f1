//! [`AwsCall`] and [`HttpCall`], the details of a call to another service or of the request that the handler answers.

/// The details of an AWS SDK call, in addition to its [`HttpCall`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct AwsCall {
    /// The operation, such as `PutItem`.
    pub operation: String,
    /// The region that the request was signed for.
    pub region: Option<String>,
    /// The request id that the service returned.
    pub request_id: Option<String>,
    /// How many times the request was retried.
    pub retries: u32,
    /// The resources that the call uses, as X-Ray names them, such as `table_name` with `orders`.
    pub resources: Vec<(&'static str, Vec<String>)>,
}

/// The details of an HTTP exchange: a call to another service, or the request that the handler answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpCall {
    /// The method; empty for an AWS SDK call.
    pub method: String,
    /// The URL without user, query and fragment; empty for an AWS SDK call.
    pub url: String,
    /// The status of the response, if there was one.
    pub status: Option<u16>,
    /// The `Content-Length` of the response.
    pub content_length: Option<u64>,
}
