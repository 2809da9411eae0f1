//! `Document`, a compiled document of feature flags in either format.

mod format;
mod native;
mod node;
mod rules;

use hashbrown::HashMap;
use powertools_lambda_core::Clock;
use serde_json::Value;

use self::native::NativeFlag;
use self::node::Node;
use self::rules::{Evaluated, Feature};
use crate::{DocumentError, EvaluationContext};

pub use self::format::DocumentFormat;

/// A compiled document of feature flags.
#[derive(Debug)]
pub(crate) struct Document {
    /// In the order of the document.
    flags: Vec<(Box<str>, Flag)>,
    places: HashMap<Box<str>, usize>,
    /// Descriptions of what is valid, but probably a mistake.
    notes: Vec<String>,
}

#[derive(Debug)]
enum Flag {
    Feature(Feature),
    Native(NativeFlag),
}

/// The result of evaluating a flag.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer<'a> {
    /// A value of a Powertools feature, and the rule that matched.
    Value {
        value: &'a Value,
        is_enabled: bool,
        rule: Option<&'a str>,
    },
    /// A flag of AppConfig with its attributes, which include `enabled`.
    Flag { enabled: bool, attributes: &'a Value },
    /// A flag of AppConfig whose variant only the agent can choose.
    Variants,
}

impl Document {
    /// Compiles a document, or the part of it at a JSON pointer.
    pub(crate) fn compile(text: &str, pointer: &str, format: Option<DocumentFormat>) -> Result<Self, DocumentError> {
        let node: Node = serde_json::from_str(text).map_err(|error| {
            // The error's own text shows no value, only what was expected and where.
            DocumentError::new(format!("the document is not JSON: {error}"))
        })?;
        let node = node.into_pointed(pointer).ok_or_else(|| {
            DocumentError::new(format!(
                "the document has nothing at {pointer:?}: correct the envelope of the flags"
            ))
        })?;
        let Node::Object(features) = node else {
            return Err(DocumentError::new("the document must be an object of features by name"));
        };
        let mut notes = Vec::new();
        if features.is_empty() {
            notes.push("the document has no features".to_owned());
        }
        let format = match format {
            Some(format) => format,
            None => DocumentFormat::guess(&features)?,
        };
        let flags = features.iter().map(|(name, node)| {
            let flag = match format {
                DocumentFormat::Powertools => Flag::Feature(Feature::new(name, node, &mut |note| notes.push(note))?),
                DocumentFormat::AppConfig => Flag::Native(NativeFlag::new(name, node)?),
            };
            Ok((name.as_str().into(), flag))
        });
        let flags: Vec<(Box<str>, Flag)> = flags.collect::<Result<_, _>>()?;
        let places = flags.iter().enumerate();
        let places = places.map(|(place, (name, _))| (name.clone(), place)).collect();
        Ok(Self { flags, places, notes })
    }

    /// Returns what is valid, but probably a mistake.
    pub(crate) fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Returns the names of the flags in the order of the document.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.flags.iter().map(|(name, _)| &**name)
    }

    /// Evaluates a flag; `None` if the document does not have it. Allocates nothing.
    ///
    /// `warn` receives rule, key and action of a condition whose operands cannot be compared, once per condition.
    pub(crate) fn evaluate(
        &self,
        name: &str,
        context: &EvaluationContext,
        clock: &Clock,
        warn: &dyn Fn(&str, &str, &str),
    ) -> Option<Answer<'_>> {
        let (_, flag) = self.flags.get(*self.places.get(name)?)?;
        Some(match flag {
            Flag::Feature(feature) => {
                let Evaluated {
                    value,
                    is_enabled,
                    rule,
                } = feature.evaluate(context, clock, warn);
                Answer::Value {
                    value,
                    is_enabled,
                    rule,
                }
            }
            Flag::Native(NativeFlag::Plain { enabled, attributes }) => Answer::Flag {
                enabled: *enabled,
                attributes,
            },
            Flag::Native(NativeFlag::Variants) => Answer::Variants,
        })
    }
}
