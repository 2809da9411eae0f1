//! `Config`, the settings of the builder that apply to all documents.

use crate::document::members::Members;
use crate::limits::Charset;
use crate::namespace::Namespace;

/// The configuration of a [`Metrics`](crate::Metrics).
#[allow(clippy::struct_excessive_bools)] // independent settings
pub(crate) struct Config {
    pub(crate) namespace: Namespace,
    pub(crate) defaults: Members,
    /// The service, if there is one.
    pub(crate) service: Members,
    /// The level that a line needs to pass Lambda's log-level filter, if it needs one.
    pub(crate) level: Option<&'static str>,
    /// The characters that dimensions can have.
    pub(crate) dimension_charset: Charset,
    pub(crate) disabled: bool,
    pub(crate) cold_start: bool,
    /// The function's name for the cold start, instead of the real one.
    pub(crate) function_name: Option<String>,
    pub(crate) warn_on_empty: bool,
}
