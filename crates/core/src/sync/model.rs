//! How a model runs: [`every_interleaving`], [`interleavings`], and [`is_broken`] for one with a planted fault.

use std::panic::catch_unwind;

use shuttle::scheduler::{DfsScheduler, PctScheduler};
use shuttle::{Config, Runner};

pub use shuttle::thread;

/// The number of interleavings that a model tried in all of them must stay below.
const MOST: usize = 200_000;

/// How many random interleavings are tried if a model has too many for [`every_interleaving`].
const INTERLEAVINGS: usize = 2_000;

/// How many times, at most, a thread is interrupted in each random interleaving.
const INTERRUPTIONS: usize = 4;

/// Tries a model in every interleaving of its threads; returns how many there are.
pub fn every_interleaving(model: impl Fn() + Send + Sync + 'static) -> usize {
    let tried = Runner::new(DfsScheduler::new(Some(MOST), false), Config::new()).run(model);
    assert!(tried < MOST, "the model has more than {MOST} interleavings");
    tried
}

/// Tries a model in random interleavings, each with few interruptions: nearly all races need no more than three.
pub fn interleavings(model: impl Fn() + Send + Sync + 'static) {
    let scheduler = PctScheduler::new_from_seed(7, INTERRUPTIONS, INTERLEAVINGS);
    Runner::new(scheduler, Config::new()).run(model);
}

/// Returns whether an interleaving breaks a model.
pub fn is_broken<R>(model: impl FnOnce() -> R + std::panic::UnwindSafe) -> bool {
    catch_unwind(model).is_err()
}
