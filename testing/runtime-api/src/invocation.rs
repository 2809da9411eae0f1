//! [`Invocation`], which goes to a function, and [`Answer`], which comes back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An invocation for a function to fetch.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub(crate) request_id: String,
    pub(crate) body: Vec<u8>,
    pub(crate) trace_header: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) deadline: Duration,
    pub(crate) deadline_header: Option<String>,
}

impl Invocation {
    /// Creates an invocation with a request id and an event. It has one minute to run, no trace and no tenant.
    pub fn new(request_id: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            request_id: request_id.into(),
            body: body.into(),
            trace_header: None,
            tenant_id: None,
            deadline: Duration::from_mins(1),
            deadline_header: None,
        }
    }

    /// Sets the X-Ray tracing header.
    pub fn trace_header(mut self, header: impl Into<String>) -> Self {
        self.trace_header = Some(header.into());
        self
    }

    /// Sets the tenant.
    pub fn tenant_id(mut self, tenant: impl Into<String>) -> Self {
        self.tenant_id = Some(tenant.into());
        self
    }

    /// Sets how long the invocation may take after it is fetched.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Sets the text of the deadline header, such as one that is no number.
    pub fn deadline_header(mut self, header: impl Into<String>) -> Self {
        self.deadline_header = Some(header.into());
        self
    }

    /// Returns the value of the deadline header, for an invocation that is fetched now.
    #[allow(clippy::disallowed_methods)] // the platform's clock, not the function's
    pub(crate) fn deadline_millis(&self) -> String {
        if let Some(header) = &self.deadline_header {
            return header.clone();
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (now + self.deadline).as_millis().to_string()
    }
}

/// The answer of a function to an invocation.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The request id of the invocation.
    pub request_id: String,
    /// The response or the error.
    pub outcome: Outcome,
}

/// A response, or an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Posted to `/response`: the whole body.
    Response(Vec<u8>),
    /// Posted to `/error`: the body, which has `errorType` and `errorMessage`.
    Error(String),
}
