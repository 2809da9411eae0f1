//! `Condition`, one comparison of a rule.

use std::cmp::Ordering;
use std::sync::atomic::{self, AtomicBool};

use powertools_lambda_core::Clock;
use serde_json::Value;

use super::action::Action;
use super::members::{Container, Members};
use super::modulo::Modulo;
use super::operand::{BadOperand, compare, contains, equal};
use super::schedule::Schedule;
use crate::EvaluationContext;
use crate::document::node::Node;
use crate::key::Key;

/// One comparison of a rule.
#[derive(Debug)]
pub(super) struct Condition {
    key: Key,
    action: Action,
    test: Test,
    /// Whether the warning about an operand was written.
    warned: AtomicBool,
}

/// A comparison that is prepared for its action.
#[derive(Debug)]
enum Test {
    Equal {
        value: Value,
        negated: bool,
    },
    Ordered {
        value: Value,
        orderings: &'static [Ordering],
    },
    StartsWith(Box<str>),
    EndsWith(Box<str>),
    KeyInValue {
        container: Container,
        negated: bool,
    },
    ValueInKey {
        value: Value,
        negated: bool,
    },
    AllIn(Members),
    AnyIn(Members),
    NoneIn(Members),
    Scheduled(Box<Schedule>),
    Modulo(Modulo),
    /// The document's value cannot be compared with any key.
    Never,
}

impl Condition {
    /// Reads a condition; an error is the problem.
    pub(super) fn new(node: &Node) -> Result<Self, String> {
        if node.is_falsy() || !matches!(node, Node::Object(_)) {
            return Err("a condition must be an object with `action`, `key` and `value`".to_owned());
        }
        let action = match node.get("action") {
            Some(Node::Text(name)) => Action::of_name(name).ok_or_else(|| format!("`action` {name:?} is unknown")),
            _ => Err("`action` must be a text".to_owned()),
        };
        let action = action.map_err(|problem| format!("{problem}; it must be one of {}", Action::NAMES.join(", ")))?;
        let key = match node.get("key") {
            Some(Node::Text(key)) if !key.is_empty() => key,
            _ => return Err("`key` must be a text that is not empty".to_owned()),
        };
        let value = match node.get("value") {
            None | Some(Node::Null) => return Err("`value` must be present and not null".to_owned()),
            Some(value) => value,
        };
        Ok(Self {
            key: Key::new(key),
            action,
            test: Test::new(action, key, value)?,
            warned: AtomicBool::new(false),
        })
    }

    /// Returns whether the condition holds. If the operands cannot be compared, it does not, and `warn` is called once.
    pub(super) fn matches(
        &self,
        context: &EvaluationContext,
        clock: &Clock,
        warn: impl FnOnce(&str, &'static str),
    ) -> bool {
        if let Test::Scheduled(schedule) = &self.test {
            return schedule.contains(clock);
        }
        let Some(key) = context.get_key(self.key.as_ref()) else {
            return false;
        };
        self.test.matches(key).unwrap_or_else(|BadOperand| {
            if !self.warned.swap(true, atomic::Ordering::Relaxed) {
                warn(self.key.as_str(), self.action.name());
            }
            false
        })
    }
}

impl Test {
    fn new(action: Action, key: &str, value: &Node) -> Result<Self, String> {
        let list = || match value.to_value() {
            Value::Array(items) => Ok(Members::new(items)),
            _ => Err(format!("`value` of {action} must be a list")),
        };
        let container = |negated| match Container::new(value.to_value()) {
            Some(container) => Self::KeyInValue { container, negated },
            None => Self::Never,
        };
        let ordered = |orderings| Self::Ordered {
            value: value.to_value(),
            orderings,
        };
        Ok(match action {
            Action::Equals | Action::NotEquals => Self::Equal {
                value: value.to_value(),
                negated: action == Action::NotEquals,
            },
            Action::KeyGreaterThanValue => ordered(&[Ordering::Greater]),
            Action::KeyGreaterThanOrEqualValue => ordered(&[Ordering::Greater, Ordering::Equal]),
            Action::KeyLessThanValue => ordered(&[Ordering::Less]),
            Action::KeyLessThanOrEqualValue => ordered(&[Ordering::Less, Ordering::Equal]),
            Action::StartsWith | Action::EndsWith => match value {
                Node::Text(text) if action == Action::StartsWith => Self::StartsWith(text.as_str().into()),
                Node::Text(text) => Self::EndsWith(text.as_str().into()),
                _ => Self::Never,
            },
            Action::In | Action::KeyInValue => container(false),
            Action::NotIn | Action::KeyNotInValue => container(true),
            Action::ValueInKey | Action::ValueNotInKey => Self::ValueInKey {
                value: value.to_value(),
                negated: action == Action::ValueNotInKey,
            },
            Action::AllInValue => Self::AllIn(list()?),
            Action::AnyInValue => Self::AnyIn(list()?),
            Action::NoneInValue => Self::NoneIn(list()?),
            Action::TimeRange | Action::DateTimeRange | Action::DaysOfWeek => {
                Self::Scheduled(Box::new(Schedule::new(action, key, value)?))
            }
            Action::ModuloRange => Self::Modulo(Modulo::new(value)?),
        })
    }

    fn matches(&self, key: &Value) -> Result<bool, BadOperand> {
        Ok(match self {
            Self::Equal { value, negated } => equal(key, value) != *negated,
            Self::Ordered { value, orderings } => orderings.contains(&compare(key, value)?),
            Self::StartsWith(start) => key.as_str().ok_or(BadOperand)?.starts_with(&**start),
            Self::EndsWith(end) => key.as_str().ok_or(BadOperand)?.ends_with(&**end),
            Self::KeyInValue { container, negated } => container.contains(key)? != *negated,
            Self::ValueInKey { value, negated } => contains(key, value)? != *negated,
            Self::AllIn(members) => items(key)?.iter().all(|item| members.contain(item)),
            Self::AnyIn(members) => items(key)?.iter().any(|item| members.contain(item)),
            Self::NoneIn(members) => !items(key)?.iter().any(|item| members.contain(item)),
            Self::Modulo(modulo) => modulo.contains(key)?,
            Self::Scheduled(_) | Self::Never => return Err(BadOperand),
        })
    }
}

fn items(key: &Value) -> Result<&[Value], BadOperand> {
    key.as_array().map(Vec::as_slice).ok_or(BadOperand)
}
