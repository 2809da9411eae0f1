//! Where the time goes: each step's own time, without that of the steps within it.

use std::collections::BTreeMap;

use super::facts::Facts;
use super::steps::{Step, Steps};
use crate::model::{Hotspot, Kind, Times};

pub(super) fn all(facts: &Facts) -> Vec<Hotspot> {
    let mut spots = BTreeMap::<_, Vec<(u64, usize)>>::new();
    for (at, own) in own_times(&facts.steps).into_iter().enumerate() {
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

/// Returns the time of each step that is in none of the steps within it. Those may run at the same time.
fn own_times(steps: &Steps) -> Vec<u64> {
    let mut own: Vec<_> = steps.all.iter().map(Step::duration).collect();
    // Until when the steps within one, which come in order of time, have covered it.
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

/// Returns a step's name as a person says it.
pub(super) fn label(step: &Step) -> String {
    if step.is_handler() {
        return "own code".to_owned();
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
        let documents = vec![
            step("a", "x", 0.0, 10.0),
            step("b", "a", 1.0, 4.0),
            // At the same time as `b`, and longer.
            step("c", "a", 2.0, 6.0),
            // Ends after the step it is in.
            step("d", "a", 9.0, 12.0),
        ];
        let steps = Steps::read(documents, &mut 0);
        assert_eq!(own_times(&steps), [4_000_000, 3_000_000, 4_000_000, 3_000_000]);
    }
}
