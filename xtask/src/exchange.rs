//! A request with its answer.

/// What was sent to an application, what it shows, and what came back.
pub(crate) struct Exchange {
    pub(crate) title: &'static str,
    /// The method, the path and the body.
    pub(crate) request: String,
    pub(crate) expected: u16,
    pub(crate) status: u16,
    pub(crate) answer: String,
}
