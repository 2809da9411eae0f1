//! [`Condition`]: the condition of a filter expression.

use super::trace::{Node, Trace};
use crate::comparison::Comparison;

#[derive(Clone, Debug)]
pub(super) enum Condition {
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    Flag(Flag),
    Number(Number, Comparison, f64),
    Text(Text, Match, String),
    /// A key and a condition on its value, or only whether the key exists.
    Annotation(String, Option<Test>),
    Service(Selector, Option<Box<Self>>),
    Edge(Selector, Selector, Option<Box<Self>>),
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Flag {
    Ok,
    Error,
    Throttle,
    Fault,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Number {
    ResponseTime,
    Duration,
    Status,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Text {
    Url,
    Method,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Match {
    Equal,
    NotEqual,
    Contains,
    BeginsWith,
    EndsWith,
}

/// The comparison of an annotation's value.
#[derive(Clone, Debug)]
pub(super) enum Test {
    Flag(bool),
    Number(Comparison, f64),
    Text(Match, String),
}

/// Selects services by name and type; all services, if neither is given.
#[derive(Clone, Debug, Default)]
pub(super) struct Selector {
    pub(super) name: Option<String>,
    pub(super) kind: Option<String>,
}

impl Selector {
    fn selects(&self, node: &Node) -> bool {
        self.name.as_ref().is_none_or(|name| node.names.contains(name))
            && self.kind.as_ref().is_none_or(|kind| node.kind.as_ref() == Some(kind))
    }
}

/// The scope in which an expression is evaluated: the first nodes of a trace, or one service in it.
struct Scope<'a> {
    trace: &'a Trace,
    nodes: Vec<&'a Node>,
    /// The service, in braces.
    node: Option<&'a Node>,
}

impl Condition {
    /// Returns whether the condition holds for a trace.
    pub(super) fn matches(&self, trace: &Trace) -> bool {
        self.holds(&Scope {
            trace,
            nodes: trace.roots().collect(),
            node: None,
        })
    }

    fn holds(&self, scope: &Scope<'_>) -> bool {
        let any = |is: &dyn Fn(&Node) -> bool| scope.nodes.iter().any(|node| is(node));
        match self {
            Self::And(a, b) => a.holds(scope) && b.holds(scope),
            Self::Or(a, b) => a.holds(scope) || b.holds(scope),
            Self::Not(condition) => !condition.holds(scope),
            Self::Flag(Flag::Ok) => !any(&|node| node.error || node.throttle || node.fault),
            Self::Flag(Flag::Error) => any(&|node| node.error),
            Self::Flag(Flag::Throttle) => any(&|node| node.throttle),
            Self::Flag(Flag::Fault) => any(&|node| node.fault),
            Self::Number(Number::Duration, comparison, value) if scope.node.is_none() => {
                comparison.holds(scope.trace.duration().total_cmp(value))
            }
            Self::Number(Number::ResponseTime | Number::Duration, comparison, value) => {
                any(&|node| comparison.holds((node.end - node.start).total_cmp(value)))
            }
            Self::Number(Number::Status, comparison, value) => any(&|node| {
                node.status
                    .is_some_and(|status| comparison.holds(status.total_cmp(value)))
            }),
            Self::Text(text, how, value) => any(&|node| {
                let of = match text {
                    Text::Url => &node.url,
                    Text::Method => &node.method,
                };
                of.as_ref().is_some_and(|of| how.holds(of, value))
            }),
            Self::Annotation(key, test) => scope
                .trace
                .annotations(key, scope.node)
                .any(|found| test.as_ref().is_none_or(|test| test.holds(found))),
            Self::Service(selector, condition) => scope
                .trace
                .services()
                .any(|node| selector.selects(node) && in_braces(condition.as_deref(), scope.trace, node)),
            Self::Edge(from, to, condition) => scope.trace.services().any(|node| {
                let caller = scope.trace.caller(node);
                to.selects(node)
                    && caller.is_some_and(|caller| from.selects(caller))
                    && in_braces(condition.as_deref(), scope.trace, node)
            }),
        }
    }
}

fn in_braces(condition: Option<&Condition>, trace: &Trace, node: &Node) -> bool {
    condition.is_none_or(|condition| {
        condition.holds(&Scope {
            trace,
            nodes: vec![node],
            node: Some(node),
        })
    })
}

impl Test {
    fn holds(&self, found: &serde_json::Value) -> bool {
        match self {
            Self::Flag(flag) => found.as_bool() == Some(*flag),
            Self::Number(comparison, number) => found
                .as_f64()
                .is_some_and(|found| comparison.holds(found.total_cmp(number))),
            Self::Text(how, text) => found.as_str().is_some_and(|found| how.holds(found, text)),
        }
    }
}

impl Match {
    fn holds(self, text: &str, value: &str) -> bool {
        match self {
            Self::Equal => text == value,
            Self::NotEqual => text != value,
            Self::Contains => text.contains(value),
            Self::BeginsWith => text.starts_with(value),
            Self::EndsWith => text.ends_with(value),
        }
    }
}
