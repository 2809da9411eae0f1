//! A model: random schedules of duplicates, crashes, timeouts, slow and lost answers, clock steps and takeovers, against the
//! promise of the crate, word for word.
//!
//! Time is simulated. A schedule depends on nothing but its seed; `IDEMPOTENCY_SEED=7 cargo test … model` repeats one, and
//! `IDEMPOTENCY_SCHEDULES=2000` runs fewer.

#![allow(clippy::disallowed_methods)] // what to run is in the environment

mod clock;
mod history;
mod schedule;
mod store;

use std::sync::atomic::{AtomicU64, Ordering};

use schedule::{Outcome, Planted};

/// How many schedules run, unless `IDEMPOTENCY_SCHEDULES` says it.
const SCHEDULES: u64 = 100_000;
const THREADS: u64 = 2;

#[test]
fn the_promise_holds_in_every_schedule() {
    if let Ok(seed) = std::env::var("IDEMPOTENCY_SEED") {
        let outcome = schedule::run(seed.parse().unwrap(), Planted::Nothing);
        panic!("schedule {seed}: {outcome:#?}");
    }
    let schedules = std::env::var("IDEMPOTENCY_SCHEDULES").map_or(SCHEDULES, |count| count.parse().unwrap());
    let totals = [const { AtomicU64::new(0) }; 6];
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let totals = &totals;
            scope.spawn(move || {
                for seed in (thread..schedules).step_by(usize::try_from(THREADS).unwrap()) {
                    let outcome = schedule::run(seed, Planted::Nothing);
                    let broken = outcome.broken.first();
                    assert!(
                        broken.is_none(),
                        "schedule {seed} breaks the promise: {}; repeat it with IDEMPOTENCY_SEED={seed}",
                        broken.unwrap()
                    );
                    for (total, count) in totals.iter().zip(counts(&outcome)) {
                        total.fetch_add(count, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    // A model in which nothing happens would pass, too.
    let totals = totals.map(AtomicU64::into_inner);
    let [effects, replays, in_progress, takeovers, lost_locks, cut_short] = totals;
    println!(
        "{schedules} schedules: {effects} effects, {replays} replays, {in_progress} in progress, {takeovers} takeovers, \
         {lost_locks} lost locks, {cut_short} executions cut short"
    );
    assert!(totals.iter().all(|total| *total > schedules / 1_000), "{totals:?}");
}

fn counts(outcome: &Outcome) -> [u64; 6] {
    [
        outcome.effects,
        outcome.replays,
        outcome.in_progress,
        outcome.takeovers,
        outcome.lost_locks,
        outcome.cut_short,
    ]
}

#[test]
fn a_store_that_breaks_the_promise_is_found() {
    for planted in [
        Planted::CompletesWithAnyToken,
        Planted::ReleasesWithAnyToken,
        Planted::IgnoresTheLock,
        Planted::LockEndsTwoSecondsEarly,
        Planted::BeginsAgainAfterCompletion,
    ] {
        let found = (0..20_000).find(|seed| !schedule::run(*seed, planted).broken.is_empty());
        assert!(found.is_some(), "{planted:?} is not found");
    }
}

#[test]
fn a_schedule_is_repeated_by_its_seed() {
    for seed in 0..200 {
        let [first, second] = [(); 2].map(|()| format!("{:?}", schedule::run(seed, Planted::Nothing)));
        assert_eq!(first, second);
    }
}
