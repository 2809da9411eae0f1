//! `NativeFlag`, a feature flag of AWS AppConfig as it is retrieved.

use serde_json::Value;

use super::node::Node;
use crate::DocumentError;

/// A feature flag of AWS AppConfig, as it is retrieved.
#[derive(Debug)]
pub(crate) enum NativeFlag {
    /// A flag with its attributes, which include `enabled`.
    Plain { enabled: bool, attributes: Value },
    /// A flag whose variant has not been chosen.
    Variants,
}

impl NativeFlag {
    pub(super) fn new(name: &str, node: &Node) -> Result<Self, DocumentError> {
        let problem = |problem: &str| DocumentError::new(problem).in_feature(name);
        if !matches!(node, Node::Object(_)) {
            return Err(problem("a flag must be an object with `enabled`"));
        }
        if node.get("_variants").is_some() {
            return Ok(Self::Variants);
        }
        match node.get("enabled") {
            Some(Node::Bool(enabled)) => Ok(Self::Plain {
                enabled: *enabled,
                attributes: node.to_value(),
            }),
            Some(_) => Err(problem("`enabled` must be true or false")),
            None => Err(problem("`enabled` is missing")),
        }
    }
}
