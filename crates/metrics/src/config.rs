//! What the builder decides, for all documents of some metrics.

use crate::document::members::Members;
use crate::namespace::Namespace;

/// The configuration of some metrics.
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub(crate) struct Config {
    pub(crate) namespace: Namespace,
    pub(crate) defaults: Members,
    /// The service, if there is one.
    pub(crate) service: Members,
    /// The level a line needs to pass Lambda's log-level filter, if it needs one.
    pub(crate) level: Option<&'static str>,
    pub(crate) disabled: bool,
    pub(crate) cold_start: bool,
    /// The function's name for the cold start, instead of the real one.
    pub(crate) function_name: Option<String>,
    pub(crate) warn_on_empty: bool,
}
