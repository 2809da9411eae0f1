//! The plans of a round, repeated by its seed.

use std::collections::HashMap;

use super::round::{End, Round};
use crate::event::{Act, Hook, MESSAGES, Plan};
use crate::ledger::{Entry, Group};

/// How many invocations have one idempotency key.
const MEMBERS: usize = 3;

/// How often memory is measured: after each tenth of the invocations.
pub(super) const MEASURES: usize = 10;

/// The numbers of a round are below this, so that each number is in one round only.
pub(super) const NUMBERS: u64 = 1_000_000;

/// Returns the plans of the round with this index.
pub(super) fn plans(round: &Round, seed: u64, index: u64) -> Vec<Plan> {
    let mut random = fastrand::Rng::with_seed(seed ^ (index << 32));
    let first = (index + 1) * NUMBERS;
    let (mut key, mut members) = (first, 0);
    let mut plans = Vec::new();
    for number in first..first + round.invocations {
        let act = round.mix.act(&mut random);
        let mut plan = Plan {
            act,
            spans: random.u32(1..=3),
            values: random.u32(1..=4),
            sampled: random.u8(..8) > 0,
            ..Plan::plain(number)
        };
        match act {
            Act::Plain => {
                if random.u8(..64) == 0 {
                    let hooks = [Hook::Start, Hook::Outcome, Hook::Finish];
                    plan.hook = random.choice(hooks);
                }
                if random.u8(..128) == 0 {
                    // More than fit into a document.
                    plan.values = 130;
                }
            }
            // At least one message fails, and at least one does not.
            Act::Batch => plan.key = random.u64(1..(1 << MESSAGES) - 1),
            Act::Idempotent => {
                if members == MEMBERS {
                    (key, members) = (key + 1, 0);
                }
                members += 1;
                plan.key = key;
            }
            _ => {}
        }
        if round.libfaketime.is_none() && round.mix.jump_ms > 0 && random.u8(..16) == 0 {
            plan.jump_ms = random.i64(-round.mix.jump_ms..=round.mix.jump_ms);
        }
        plans.push(plan);
    }
    let mut number = first + round.invocations;
    let mut more = |act, count| {
        for _ in 0..count {
            let spans = 2;
            plans.push(Plan {
                act,
                spans,
                sampled: act == Act::Hang,
                ..Plan::plain(number)
            });
            number += 1;
        }
    };
    if matches!(round.end, End::Hang | End::Terminate) {
        more(Act::Hang, round.at_once);
    }
    if round.is_measured {
        more(Act::Measure, MEASURES);
    }
    if round.end == End::Settled {
        // Metrics that are added after an invocation has ended are written with the next one.
        more(Act::Plain, 1);
    }
    plans
}

/// Returns what the invocations with these plans owe.
pub(super) fn entries(round: &Round, plans: &[Plan]) -> (Vec<Entry>, Vec<Group>) {
    let mut members: HashMap<u64, Vec<u64>> = HashMap::new();
    for plan in plans.iter().filter(|plan| plan.act == Act::Idempotent) {
        members.entry(plan.key).or_default().push(plan.number);
    }
    let conditions = round.conditions();
    let of = |plan: &Plan| members.get(&plan.key).map_or(&[][..], Vec::as_slice);
    let entries = plans.iter().map(|plan| Entry::of(plan, of(plan), conditions)).collect();
    let is_certain = !conditions.store_fails;
    let mut groups: Vec<_> = members
        .into_iter()
        .map(|(key, members)| Group {
            key,
            members,
            is_certain,
        })
        .collect();
    groups.sort_by_key(|group| group.key);
    (entries, groups)
}
