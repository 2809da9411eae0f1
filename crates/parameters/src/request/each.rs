//! `Each`, the request for one result per name.

/// A request for several parameters with one `Result` for each name, from the methods `each`.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited: add `.await`"]
pub struct Each<R>(pub(super) R);
