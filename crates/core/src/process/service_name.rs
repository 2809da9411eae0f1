//! [`service_name`], the service that a function belongs to.

use crate::Variables;

/// The service name that the logger writes if none is configured: `service_undefined`.
pub const DEFAULT_SERVICE: &str = "service_undefined";

/// Returns `POWERTOOLS_SERVICE_NAME`, or `None` if it is unset or blank.
///
/// Without it the logger writes [`DEFAULT_SERVICE`], and metrics and traces leave the service out.
pub fn service_name(env: &Variables) -> Option<String> {
    env.text("POWERTOOLS_SERVICE_NAME")
}
