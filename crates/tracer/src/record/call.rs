//! What is known of a call to another service.

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

/// What a span knows of an HTTP exchange.
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

#[cfg(any(feature = "aws-sdk", feature = "http"))]
impl super::SpanRecord {
    /// Marks it by the status of a response, in X-Ray's terms.
    pub(crate) fn set_status(&mut self, status: u16) {
        self.http_mut().status = Some(status);
        match status {
            429 => self.throttle(),
            400..=499 => self.error = true,
            500..=599 => self.fault = true,
            _ => {}
        }
    }

    pub(crate) fn throttle(&mut self) {
        self.throttle = true;
        self.error = true;
    }

    #[cfg(feature = "aws-sdk")]
    pub(crate) fn aws_mut(&mut self) -> &mut AwsCall {
        self.aws.get_or_insert_default()
    }

    pub(crate) fn http_mut(&mut self) -> &mut HttpCall {
        self.http.get_or_insert_default()
    }
}
