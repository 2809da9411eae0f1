//! `Feature`, a feature of a Powertools document with its rules.

use powertools_lambda_core::Clock;
use serde_json::Value;

use super::condition::Condition;
use super::operand::is_truthy;
use crate::document::node::Node;
use crate::{DocumentError, EvaluationContext};

/// A feature of a Powertools document: its default, and the rules in the order in which they are tried.
#[derive(Debug)]
pub(crate) struct Feature {
    default: Outcome,
    rules: Box<[Rule]>,
}

#[derive(Debug)]
struct Rule {
    name: Box<str>,
    when_match: Outcome,
    conditions: Box<[Condition]>,
}

/// A value, and whether it counts as enabled, which is what most callers ask for.
#[derive(Debug)]
struct Outcome {
    value: Value,
    is_truthy: bool,
}

/// Receives a condition whose operands cannot be compared: rule, key and action.
pub(crate) type Warn<'a> = &'a dyn Fn(&str, &str, &str);

/// The result of an evaluation.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Evaluated<'a> {
    pub(crate) value: &'a Value,
    pub(crate) is_enabled: bool,
    /// The rule that matched, or `None` for the default.
    pub(crate) rule: Option<&'a str>,
}

impl Feature {
    /// Reads a feature. `warn` receives what is valid but probably a mistake.
    pub(crate) fn new(name: &str, node: &Node, warn: &mut dyn FnMut(String)) -> Result<Self, DocumentError> {
        let problem = |problem: &str| DocumentError::new(problem).in_feature(name);
        if node.is_falsy() || !matches!(node, Node::Object(_)) {
            return Err(problem("a feature must be an object with `default`"));
        }
        let is_boolean = match node.get("boolean_type") {
            None => true,
            Some(Node::Bool(is_boolean)) => *is_boolean,
            Some(_) => return Err(problem("`boolean_type` must be true or false")),
        };
        let default = match node.get("default") {
            None | Some(Node::Null) => return Err(problem("`default` must be present and not null")),
            Some(Node::Bool(_)) => node.get("default"),
            Some(_) if is_boolean => {
                return Err(problem(
                    "`default` must be true or false, unless `boolean_type` is false",
                ));
            }
            default => default,
        };
        let rules = match node.get("rules") {
            None => Box::default(),
            Some(rules) if rules.is_falsy() => {
                warn(format!("feature {name:?} has `rules`, but they are empty"));
                Box::default()
            }
            Some(Node::Object(rules)) => rules
                .iter()
                .map(|(rule, node)| Rule::new(rule, node, is_boolean).map_err(|error| error.in_feature(name)))
                .collect::<Result<_, _>>()?,
            Some(_) => return Err(problem("`rules` must be an object")),
        };
        Ok(Self {
            default: Outcome::new(default),
            rules,
        })
    }

    /// Returns the value of the first rule that matches, or the default. Allocates nothing.
    pub(crate) fn evaluate(&self, context: &EvaluationContext, clock: &Clock, warn: Warn<'_>) -> Evaluated<'_> {
        let matching = self.rules.iter().find(|rule| rule.matches(context, clock, warn));
        let (outcome, rule) = match matching {
            Some(rule) => (&rule.when_match, Some(&*rule.name)),
            None => (&self.default, None),
        };
        Evaluated {
            value: &outcome.value,
            is_enabled: outcome.is_truthy,
            rule,
        }
    }
}

impl Rule {
    fn new(name: &str, node: &Node, is_boolean: bool) -> Result<Self, DocumentError> {
        let problem = |problem: &str| DocumentError::new(problem).in_rule(name);
        if node.is_falsy() || !matches!(node, Node::Object(_)) {
            return Err(problem("a rule must be an object with `when_match` and `conditions`"));
        }
        if name.is_empty() {
            return Err(problem("the name of a rule must not be empty"));
        }
        let when_match = node.get("when_match");
        if is_boolean && !matches!(when_match, Some(Node::Bool(_))) {
            return Err(problem(
                "`when_match` must be true or false, unless the feature's `boolean_type` is false",
            ));
        }
        let conditions = match node.get("conditions") {
            Some(Node::List(conditions)) if !conditions.is_empty() => conditions,
            _ => return Err(problem("`conditions` must be a list that is not empty")),
        };
        let conditions = conditions.iter().enumerate().map(|(at, condition)| {
            Condition::new(condition).map_err(|problem| DocumentError::new(problem).in_rule(name).in_condition(at + 1))
        });
        Ok(Self {
            name: name.into(),
            when_match: Outcome::new(when_match),
            conditions: conditions.collect::<Result<_, _>>()?,
        })
    }

    fn matches(&self, context: &EvaluationContext, clock: &Clock, warn: Warn<'_>) -> bool {
        self.conditions
            .iter()
            .all(|condition| condition.matches(context, clock, |key, action| warn(&self.name, key, action)))
    }
}

impl Outcome {
    fn new(node: Option<&Node>) -> Self {
        let value = node.map_or(Value::Null, Node::to_value);
        let is_truthy = is_truthy(&value);
        Self { value, is_truthy }
    }
}
