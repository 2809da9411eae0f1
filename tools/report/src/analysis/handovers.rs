//! Work that is handed over to a queue, a topic, a stream, and who takes it.

use super::steps::{Step, Steps};
use crate::model::Kind;

/// Services to which work is handed over.
const QUEUES: [&str; 7] = [
    "SQS",
    "SNS",
    "Kinesis",
    "Firehose",
    "EventBridge",
    "CloudWatch Events",
    "SFN",
];

/// Beginnings of the operations that hand something over.
const SENDS: [&str; 4] = ["Send", "Publish", "Put", "Start"];

/// Tells whether a call is one of a queue, a topic, a stream, a bus.
pub(super) fn is_queue(step: &Step) -> bool {
    step.kind == Kind::Aws && QUEUES.contains(&step.name.as_str())
}

/// Tells whether a call hands something over.
pub(super) fn is_send(step: &Step) -> bool {
    is_queue(step) && SENDS.iter().any(|verb| step.operation().starts_with(verb))
}

/// Returns the step that led to `taker` by one of its links, where it is known.
///
/// A header that a function put into a message itself names the step around the call that sent it. Where that sent once,
/// and the taker handles records, the call is meant.
pub(super) fn cause(steps: &Steps, taker: &Step, trace: usize, id: &str) -> Option<usize> {
    let named = steps.step(trace, id)?;
    if steps.all[named].kind != Kind::Own || !steps.of(taker.trace).iter().any(Step::is_record) {
        return Some(named);
    }
    let mut sent = steps.within(named).filter(|at| {
        let step = &steps.all[*at];
        is_send(step) && !step.mark.failed()
    });
    match (sent.next(), sent.next()) {
        (Some(only), None) => Some(only),
        _ => Some(named),
    }
}
