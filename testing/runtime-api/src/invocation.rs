//! What goes to a function, and what comes back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// An invocation that waits to be fetched.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub(crate) request_id: String,
    pub(crate) body: Vec<u8>,
    pub(crate) trace_header: Option<String>,
    pub(crate) tenant_id: Option<String>,
    pub(crate) deadline: Duration,
}

impl Invocation {
    /// Creates an invocation with this request id and event, a deadline in a minute, no trace and no tenant.
    pub fn new(request_id: impl Into<String>, body: impl Into<Vec<u8>>) -> Self {
        Self {
            request_id: request_id.into(),
            body: body.into(),
            trace_header: None,
            tenant_id: None,
            deadline: Duration::from_mins(1),
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

    /// Sets how long after being fetched the invocation may take.
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// Returns the deadline as the header has it, for an invocation that is fetched now.
    #[allow(clippy::disallowed_methods)] // the platform's clock, not the function's
    pub(crate) fn deadline_millis(&self) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (now + self.deadline).as_millis().to_string()
    }
}

/// What a function posted for an invocation.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The invocation it is for.
    pub request_id: String,
    /// What it is.
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
