//! Invocations and the utilities in them, as the runtime and a handler see them.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod after_response;
mod deadline;
mod events;
mod scope;
mod utility;
