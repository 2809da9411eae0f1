//! The service a function belongs to.

use crate::Variables;

/// The service name where none is configured.
pub const DEFAULT_SERVICE: &str = "service_undefined";

/// Returns `POWERTOOLS_SERVICE_NAME`, or `None` where it is unset or blank.
///
/// The logger then writes [`DEFAULT_SERVICE`]; metrics and traces leave the service out.
pub fn service_name(env: &Variables) -> Option<String> {
    env.text("POWERTOOLS_SERVICE_NAME")
}
