//! [`HttpLayer`] and its parts: calls of HTTP clients.

mod exchange;
mod layer;
#[cfg(feature = "reqwest")]
mod reqwest;
mod rules;

pub use layer::{HttpFuture, HttpLayer, HttpService};
