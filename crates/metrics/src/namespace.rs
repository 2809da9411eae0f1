//! The namespace that metrics go to.

use powertools_lambda_core::{Environment, json};

/// A namespace that CloudWatch takes.
#[derive(Debug)]
pub(crate) struct Namespace {
    /// As a JSON string.
    json: Vec<u8>,
    is_default: bool,
}

/// The namespace if none is configured.
const DEFAULT: &str = "default_namespace";

impl Namespace {
    /// Returns the namespace of this name, or warns that CloudWatch would refuse it.
    pub(crate) fn new(name: &str, environment: &Environment) -> Option<Self> {
        if !is_valid(name) {
            environment.warnings().once(
                "namespace text",
                format_args!(
                    "{name:?} cannot be a metrics namespace, which has 1 to 255 printable ASCII characters and does not \
                     begin with a colon"
                ),
            );
            return None;
        }
        Some(Self {
            json: json_of(name),
            is_default: false,
        })
    }

    /// Returns the namespace as a JSON string.
    pub(crate) fn json(&self) -> &[u8] {
        &self.json
    }

    /// Warns that none is configured, if that is so; for when something is written to it.
    pub(crate) fn warn_if_default(&self, environment: &Environment) {
        if self.is_default {
            environment.warnings().once(
                "namespace",
                format_args!(
                    "no metrics namespace is configured: metrics go to {DEFAULT}; set POWERTOOLS_METRICS_NAMESPACE"
                ),
            );
        }
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self {
            json: json_of(DEFAULT),
            is_default: true,
        }
    }
}

fn is_valid(name: &str) -> bool {
    (1..=255).contains(&name.len())
        && name.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && !name.trim().is_empty()
        && !name.starts_with(':')
}

fn json_of(text: &str) -> Vec<u8> {
    let mut json = Vec::new();
    json::write_str(&mut json, text);
    json
}
