//! The service map: who calls whom, and what triggered what.

use std::collections::{BTreeMap, BTreeSet};

use super::facts::Facts;
use super::handovers;
use super::steps::Step;
use crate::model::{Call, Edge, Kind, Mark, Node, NodeKind, Times};

/// A connection between two nodes, with its calls or messages.
struct Passage {
    from: Node,
    to: Node,
    handed_over: bool,
    /// How long the call took, or how long the message waited.
    duration: u64,
    /// The calling step, or the one that processed the message.
    step: usize,
    call: bool,
    failed: bool,
}

#[derive(Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    pub(super) edges: Vec<Edge>,
}

impl Graph {
    pub(super) fn of(facts: &Facts) -> Self {
        let mut passages = Vec::new();
        let functions = facts.functions.iter().map(|name| function(name));
        let mut nodes: BTreeSet<Node> = functions.collect();
        for at in 0..facts.steps.all.len() {
            calls(facts, at, &mut passages);
            handed_over(facts, at, &mut passages);
        }
        nodes.extend(
            passages
                .iter()
                .flat_map(|passage| [passage.from.clone(), passage.to.clone()]),
        );
        let nodes: Vec<_> = nodes.into_iter().collect();
        let mut edges = BTreeMap::<_, Vec<&Passage>>::new();
        for passage in &passages {
            let index = |node| nodes.binary_search(node).unwrap_or_default();
            let key = (index(&passage.from), index(&passage.to), passage.handed_over);
            edges.entry(key).or_default().push(passage);
        }
        let edges = edges
            .into_iter()
            .map(|(key, passages)| edge(facts, key, &passages))
            .collect();
        Self { nodes, edges }
    }

    /// Returns the index of a node.
    pub(super) fn node(&self, node: &Node) -> Option<usize> {
        self.nodes.binary_search(node).ok()
    }
}

fn edge(facts: &Facts, (from, to, handed_over): (usize, usize, bool), passages: &[&Passage]) -> Edge {
    let steps = || {
        passages
            .iter()
            .filter(|passage| passage.call)
            .map(|passage| &facts.steps.all[passage.step])
    };
    let mut calls = BTreeMap::<&str, (usize, usize)>::new();
    for step in steps() {
        let (count, failed) = calls.entry(step.operation()).or_default();
        *count += 1;
        *failed += usize::from(step.mark.failed());
    }
    let mut calls: Vec<_> = calls
        .into_iter()
        .map(|(operation, (count, failed))| Call {
            operation: operation.to_owned(),
            count,
            failed,
        })
        .collect();
    calls.sort_by_key(|call| std::cmp::Reverse(call.count));
    let slowest = passages.iter().max_by_key(|passage| passage.duration);
    Edge {
        from,
        to,
        handed_over,
        times: Times::of(passages.iter().map(|passage| passage.duration).collect()),
        failed: passages.iter().filter(|passage| passage.failed).count(),
        throttled: steps().filter(|step| step.mark.0 & Mark::THROTTLE != 0).count(),
        retries: steps().filter_map(|step| step.details["aws"]["retries"].as_u64()).sum(),
        calls,
        slowest: slowest.map_or(0, |passage| facts.steps.all[passage.step].trace),
    }
}

/// Adds the calls of a step: to each table, queue or host, or to a known function.
fn calls(facts: &Facts, at: usize, passages: &mut Vec<Passage>) {
    let step = &facts.steps.all[at];
    let own = &facts.functions[step.function];
    if step.is_call() {
        for to in callees(facts, step) {
            passages.push(Passage {
                from: function(own),
                to,
                handed_over: false,
                duration: step.duration(),
                step: at,
                call: true,
                failed: step.mark.failed(),
            });
        }
    }
    let up = step.up.map(|up| &facts.steps.all[up]);
    if let Some(entry) = up.filter(|up| up.is_entry()) {
        passages.push(Passage {
            from: entry_point(entry),
            to: function(own),
            handed_over: false,
            duration: step.duration(),
            step: at,
            call: false,
            failed: entry.mark.failed(),
        });
        return;
    }
    // A function that answers within the caller's trace.
    let Some(up) = up.filter(|up| up.function != step.function) else {
        return;
    };
    let from = if up.is_call() {
        callees(facts, up)
    } else {
        vec![function(&facts.functions[up.function])]
    };
    let to = function(own);
    for from in from.into_iter().filter(|from| *from != to) {
        passages.push(Passage {
            from,
            to: to.clone(),
            handed_over: false,
            duration: step.duration(),
            step: at,
            call: false,
            failed: step.mark.failed(),
        });
    }
}

/// Adds the steps in other traces that led to this one.
fn handed_over(facts: &Facts, at: usize, passages: &mut Vec<Passage>) {
    let step = &facts.steps.all[at];
    for (trace, id) in step.links() {
        let Some(trace) = facts.steps.trace(trace).filter(|trace| *trace != step.trace) else {
            continue;
        };
        let cause = handovers::cause(&facts.steps, step, trace, id).unwrap_or(facts.steps.traces[trace].first);
        let cause = &facts.steps.all[cause];
        let from = match cause {
            _ if cause.is_call() => callees(facts, cause),
            _ if cause.is_entry() => vec![entry_point(cause)],
            _ => vec![function(&facts.functions[cause.function])],
        };
        for from in from {
            let waited = !matches!(from.kind, NodeKind::Remote | NodeKind::Entry);
            passages.push(Passage {
                from,
                to: function(&facts.functions[step.function]),
                handed_over: waited,
                duration: if waited { wait(cause, step) } else { step.duration() },
                step: at,
                call: false,
                // The response of the API or other entry point is more informative than the function's.
                failed: if cause.is_entry() {
                    cause.mark.failed()
                } else {
                    step.mark.failed()
                },
            });
        }
    }
}

/// Returns how long a message waited, from the end of the call that sent it.
pub(super) fn wait(sent: &Step, taken: &Step) -> u64 {
    u64::try_from(taken.begin - sent.end).unwrap_or_default()
}

/// Returns the nodes that a call goes to.
pub(super) fn callees(facts: &Facts, step: &Step) -> Vec<Node> {
    let is_aws = step.kind == Kind::Aws;
    let kind = match is_aws {
        false => NodeKind::Remote,
        true if handovers::is_queue(step) => NodeKind::Queue,
        true => NodeKind::Aws,
    };
    let mut resources = step.resources();
    if resources.is_empty() {
        resources.push(String::new());
    }
    let node = |resource: String| {
        if is_aws && step.name == "Lambda" && facts.functions.contains(&resource) {
            return function(&resource);
        }
        Node {
            kind,
            name: step.name.clone(),
            resource,
        }
    };
    resources.into_iter().map(node).collect()
}

fn entry_point(step: &Step) -> Node {
    Node {
        kind: NodeKind::Entry,
        name: step.name.clone(),
        resource: String::new(),
    }
}

pub(super) fn function(name: &str) -> Node {
    Node {
        kind: NodeKind::Function,
        name: name.to_owned(),
        resource: String::new(),
    }
}
