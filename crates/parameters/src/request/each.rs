//! The request for one result per name.

/// A request for several parameters, with one `Result` for each name.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct Each<R>(pub(super) R);
