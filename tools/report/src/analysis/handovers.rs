//! Calls that pass work to a queue, a topic or a stream, and the steps that receive it.

use super::steps::{Step, Steps};
use crate::model::Kind;

/// Services that take work asynchronously.
const QUEUES: [&str; 7] = [
    "SQS",
    "SNS",
    "Kinesis",
    "Firehose",
    "EventBridge",
    "CloudWatch Events",
    "SFN",
];

/// Prefixes of the operations that send work.
const SENDS: [&str; 4] = ["Send", "Publish", "Put", "Start"];

/// Returns whether a call goes to a queue, a topic, a stream or a bus.
pub(super) fn is_queue(step: &Step) -> bool {
    step.kind == Kind::Aws && QUEUES.contains(&step.name.as_str())
}

/// Returns whether a call sends work.
pub(super) fn is_send(step: &Step) -> bool {
    is_queue(step) && SENDS.iter().any(|verb| step.operation().starts_with(verb))
}

/// Returns whether a call starts a workflow, which then invokes functions one after the other, and some of them again.
pub(super) fn starts_workflow(step: &Step) -> bool {
    step.name == "SFN" && is_send(step)
}

/// Returns the step that led to `taker` through one of its links, if known.
///
/// If a function put the header into a message or a workflow's input itself, the header names the step around the call that sent
/// it. If that step sent once, and the taker processes records or is a step of the workflow, the result is the call.
pub(super) fn cause(steps: &Steps, taker: &Step, trace: usize, id: &str) -> Option<usize> {
    let named = steps.step(trace, id)?;
    if steps.all[named].kind != Kind::Own {
        return Some(named);
    }
    let mut sent = steps.within(named).filter(|at| {
        let step = &steps.all[*at];
        is_send(step) && !step.mark.failed()
    });
    let is_received =
        |sent: &usize| starts_workflow(&steps.all[*sent]) || steps.of(taker.trace).iter().any(Step::is_record);
    match (sent.next().filter(is_received), sent.next()) {
        (Some(only), None) => Some(only),
        _ => Some(named),
    }
}
