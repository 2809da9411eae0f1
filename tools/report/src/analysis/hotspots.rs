//! Where the time is spent: each step's own time, without that of the steps within it or of the function that it called.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::steps::{Step, Steps};
use crate::model::{Hotspot, Kind, Times};

/// The name for the time that a handler spends outside all named steps.
pub(super) const OWN_CODE: &str = "own code";

pub(super) fn all(facts: &Facts) -> Vec<Hotspot> {
    let mut spots = BTreeMap::<_, Vec<(u64, usize)>>::new();
    let mut own_times = own_times(&facts.steps);
    leave_out_callees(&facts.steps, &mut own_times);
    for (at, own) in own_times.into_iter().enumerate() {
        let step = &facts.steps.all[at];
        if step.kind != Kind::Segment {
            let key = (step.function, label(step), step.is_call());
            spots.entry(key).or_default().push((own, step.trace));
        }
    }
    let total: u64 = spots.values().flatten().map(|(own, _)| own).sum();
    let mut spots: Vec<_> = spots
        .into_iter()
        .map(|((function, step, call), times)| {
            let slowest = times.iter().max().map_or(0, |(_, trace)| *trace);
            let times = Times::of(times.into_iter().map(|(own, _)| own).collect());
            Hotspot {
                function,
                step,
                call,
                share: times.total.saturating_mul(1_000).checked_div(total).unwrap_or_default(),
                times,
                slowest,
            }
        })
        .collect();
    spots.sort_by_key(|spot| std::cmp::Reverse(spot.times.total));
    spots
}

/// Returns the time of each step outside the steps within it, which may overlap.
fn own_times(steps: &Steps) -> Vec<u64> {
    let mut own: Vec<_> = steps.all.iter().map(Step::duration).collect();
    // The end of the part that is covered by the steps within it so far; they come in order of time.
    let mut covered: Vec<_> = steps.all.iter().map(|step| step.begin).collect();
    for step in &steps.all {
        if let Some(up) = step.up {
            let begin = step.begin.max(covered[up]);
            let end = step.end.min(steps.all[up].end);
            own[up] -= u64::try_from(end - begin).unwrap_or_default();
            covered[up] = covered[up].max(end);
        }
    }
    own
}

/// Subtracts from an HTTP call the time of the function that answered it in a separate trace.
fn leave_out_callees(steps: &Steps, own: &mut [u64]) {
    for step in &steps.all {
        for (trace, id) in step.links() {
            let cause = steps.trace(trace).and_then(|trace| steps.step(trace, id));
            let Some(at) = cause.filter(|at| steps.all[*at].kind == Kind::Remote) else {
                continue;
            };
            let call = &steps.all[at];
            let both = step.end.min(call.end) - step.begin.max(call.begin);
            own[at] = own[at].saturating_sub(u64::try_from(both).unwrap_or_default());
        }
    }
}

/// Returns a step's name for display.
pub(super) fn label(step: &Step) -> String {
    if step.is_handler() {
        return OWN_CODE.to_owned();
    }
    if step.is_call() {
        let resources = step.resources().join(", ");
        let words = [step.name.as_str(), step.operation(), &resources];
        return words
            .into_iter()
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ");
    }
    step.name.strip_prefix("## ").unwrap_or(&step.name).to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn time_counts_for_the_innermost_step_once() {
        let step = |id: &str, parent: &str, start: f64, end: f64| json!({"trace_id": "t", "id": id, "parent_id": parent, "name": id, "start_time": start, "end_time": end, "type": "subsegment"});
        let documents = [
            step("a", "x", 0.0, 10.0),
            step("b", "a", 1.0, 4.0),
            // At the same time as `b`, and longer.
            step("c", "a", 2.0, 6.0),
            // Ends after the step it is in.
            step("d", "a", 9.0, 12.0),
        ];
        let steps = super::super::steps::tests::read(&documents);
        assert_eq!(own_times(&steps), [4_000_000, 3_000_000, 4_000_000, 3_000_000]);
    }

    #[test]
    fn a_call_is_not_charged_with_what_the_function_took_that_answered_it() {
        let step = |trace: &str, id: &str, namespace: &str, (start, end): (f64, f64)| {
            json!({"trace_id": trace, "id": id,
            "name": id, "namespace": namespace, "start_time": start, "end_time": end, "type": "subsegment"})
        };
        let mut handler = step("u", "h", "", (2.0, 8.0));
        handler.as_object_mut().unwrap().remove("namespace");
        handler["links"] = json!([{"trace_id": "t", "id": "call"}, {"trace_id": "t", "id": "send"}]);
        let documents = [
            step("t", "call", "remote", (1.0, 9.0)),
            step("t", "send", "aws", (0.0, 9.5)),
            handler,
        ];
        let steps = super::super::steps::tests::read(&documents);
        let mut own = own_times(&steps);
        leave_out_callees(&steps, &mut own);
        let of = |id: &str| own[steps.all.iter().position(|step| step.id == id).unwrap()];
        assert_eq!((of("call"), of("send"), of("h")), (2_000_000, 9_500_000, 6_000_000));
    }
}
