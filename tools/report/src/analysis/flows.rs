//! Asynchronous steps: queues and streams, their consumers, and how long messages waited.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use powertools_telemetry::emf::Identity;

use super::facts::{Facts, Observation};
use super::graph::{self, Graph};
use super::handovers;
use crate::model::{Consumer, Flow, Times};

pub(super) fn flows(facts: &Facts, graph: &Graph) -> Vec<Flow> {
    let mut flows = BTreeMap::<usize, Flow>::new();
    let mut waits = BTreeMap::<(usize, usize), Vec<u64>>::new();
    let taken = taken(facts);
    let steps = facts.steps.all.iter().enumerate();
    for (at, step) in steps.filter(|(_, step)| handovers::is_send(step)) {
        let nodes = graph::callees(facts, step);
        for node in nodes.iter().filter_map(|node| graph.node(node)) {
            let flow = flows.entry(node).or_insert_with(|| Flow {
                node,
                sends: 0,
                failed: 0,
                unseen: 0,
                consumers: Vec::new(),
                again: 0,
            });
            let deliveries = taken.get(&at).map_or(&[][..], Vec::as_slice);
            flow.sends += 1;
            flow.failed += usize::from(step.mark.failed());
            flow.unseen += usize::from(!step.mark.failed() && deliveries.is_empty());
            let mut seen = HashSet::new();
            // Only the first step of a workflow waits for its start, and a function may have several steps of it.
            let deliveries = if handovers::starts_workflow(step) {
                &deliveries[..deliveries.len().min(1)]
            } else {
                deliveries
            };
            for delivery in deliveries {
                let receiver = &facts.steps.all[*delivery];
                flow.again += usize::from(!seen.insert(receiver.function));
                waits
                    .entry((node, receiver.function))
                    .or_default()
                    .push(graph::wait(step, receiver));
            }
        }
    }
    for ((node, function), waits) in waits {
        if let Some(flow) = flows.get_mut(&node) {
            flow.consumers.push((function, Times::of(waits)));
        }
    }
    flows.into_values().collect()
}

/// Returns, for each step that sent something, the steps that received it. An invocation that received several messages of
/// one call is counted once.
fn taken(facts: &Facts) -> HashMap<usize, Vec<usize>> {
    let mut taken = HashMap::<usize, Vec<usize>>::new();
    for (at, step) in facts.steps.all.iter().enumerate() {
        let sent = step
            .links()
            .filter_map(|(trace, id)| handovers::cause(&facts.steps, step, facts.steps.trace(trace)?, id));
        for sent in sent.collect::<BTreeSet<_>>() {
            taken.entry(sent).or_default().push(at);
        }
    }
    taken
}

pub(super) fn consumers(facts: &Facts, flows: &[Flow]) -> Vec<Consumer> {
    let mut consumers = BTreeMap::<usize, (Consumer, Vec<u64>)>::new();
    let mut of_handler = HashMap::<usize, usize>::new();
    // The processed records by function, and the failed ones among them.
    let (mut known, mut failing) = (HashSet::<(usize, &str)>::new(), HashSet::new());
    for step in facts.steps.all.iter().filter(|step| step.is_record()) {
        let (consumer, times) = consumers.entry(step.function).or_default();
        consumer.records += 1;
        let failed = step.mark.failed();
        consumer.failed_records += usize::from(failed);
        // A record without an id is a distinct record.
        let id = step.details["annotations"]["record_id"].as_str().unwrap_or(&step.id);
        let record = (step.function, id);
        consumer.again += usize::from(!known.insert(record));
        consumer.failing += usize::from(failed && failing.insert(record));
        times.push(step.duration());
        let mut handler = step.up;
        while let Some(at) = handler.filter(|at| !facts.steps.all[*at].is_handler()) {
            handler = facts.steps.all[at].up;
        }
        let records = of_handler.entry(handler.unwrap_or(usize::MAX)).or_default();
        *records += 1;
        consumer.largest = consumer.largest.max(*records);
    }
    for flow in flows {
        for (function, _) in &flow.consumers {
            consumers.entry(*function).or_default().0.sources.push(flow.node);
        }
    }
    for step in facts.steps.all.iter().filter(|step| step.is_handler()) {
        if let Some((consumer, _)) = consumers.get_mut(&step.function) {
            consumer.batches += 1;
            consumer.failed_batches += usize::from(step.mark.failed());
            let known = |(trace, _): (&str, &str)| facts.steps.trace(trace).is_some_and(|cause| cause != step.trace);
            consumer.unlinked += usize::from(!step.links().any(known));
        }
    }
    let consumers = consumers.into_iter().map(|(function, (consumer, times))| Consumer {
        function,
        times: Times::of(times),
        metrics: metrics_of(&facts.metrics, function),
        ..consumer
    });
    consumers.collect()
}

fn metrics_of(metrics: &BTreeMap<Identity, Vec<Observation>>, function: usize) -> Vec<usize> {
    let wrote = |values: &[Observation]| values.iter().all(|value| value.function == function);
    metrics
        .values()
        .enumerate()
        .filter_map(|(at, values)| wrote(values).then_some(at))
        .collect()
}
