//! `DocumentFormat`, the two formats of a document.

use super::node::Node;
use crate::DocumentError;

/// The format of a document of feature flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DocumentFormat {
    /// Powertools' features and rules, which this crate evaluates. Each feature has a `default`.
    Powertools,
    /// AWS AppConfig's own feature flags, as they are retrieved. Each flag has `enabled`.
    AppConfig,
}

impl DocumentFormat {
    /// Returns the format that fits all features; an error if neither does, or both do.
    ///
    /// A document without features is read as Powertools'; it evaluates alike in both formats.
    pub(super) fn guess(features: &[(String, Node)]) -> Result<Self, DocumentError> {
        let mut guess = None;
        for (name, feature) in features {
            let powertools = feature.get("default").is_some();
            let native = feature.get("enabled").is_some() || feature.get("_variants").is_some();
            let format = match (powertools, native) {
                (true, false) => Self::Powertools,
                (false, true) => Self::AppConfig,
                (true, true) => return Err(unclear(name, "it has both `default` and `enabled`")),
                (false, false) => return Err(unclear(name, "it has neither `default` nor `enabled`")),
            };
            if *guess.get_or_insert(format) != format {
                return Err(unclear(name, "it has another format than the features before it"));
            }
        }
        Ok(guess.unwrap_or(Self::Powertools))
    }
}

fn unclear(feature: &str, reason: &str) -> DocumentError {
    let problem = format!("the document's format is unclear, because {reason}: set the format of the source");
    DocumentError::new(problem).in_feature(feature)
}
