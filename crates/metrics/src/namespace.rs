//! `Namespace`, a valid metrics namespace.

use powertools_lambda_core::{Environment, json};

/// A namespace that CloudWatch accepts.
#[derive(Debug)]
pub(crate) struct Namespace {
    /// As a JSON string.
    json: Vec<u8>,
    is_default: bool,
}

/// The namespace that is used if none is configured.
const DEFAULT: &str = "default_namespace";

impl Namespace {
    /// Creates a namespace, or warns that CloudWatch would reject it.
    pub(crate) fn new(name: &str, environment: &Environment) -> Option<Self> {
        let warn = |message: std::fmt::Arguments<'_>| {
            environment.warnings().once(&format!("namespace text {name}"), message);
        };
        if !is_valid(name) {
            warn(format_args!(
                "invalid metrics namespace {name:?} is ignored: it must have 1 to 255 printable ASCII characters, not be \
                 blank and not begin with a colon or with AWS/"
            ));
            return None;
        }
        if !name.bytes().all(is_listed) {
            warn(format_args!(
                "metrics namespace {name:?} has characters that CloudWatch's guide does not list: use letters, digits, \
                 spaces and .-_/#:"
            ));
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

    /// Warns if no namespace is configured; called before metrics are written.
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
        && !name.starts_with("AWS/")
}

/// Returns whether [CloudWatch's guide] lists this character for namespaces.
///
/// The API reference allows all ASCII characters except control characters, so others cause only a warning.
///
/// [CloudWatch's guide]: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html
fn is_listed(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".-_/#: ".contains(&byte)
}

fn json_of(text: &str) -> Vec<u8> {
    let mut json = Vec::new();
    json::write_str(&mut json, text);
    json
}
