//! Freezes of the process, as Lambda freezes an environment, and jumps of its clock.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use runtime_api::FunctionProcess;

use super::system_clock::SystemClock;

/// Freezes the process for some milliseconds, again and again, no matter what it does, until it is over.
pub(super) fn freeze_within(process: &FunctionProcess, is_over: &AtomicBool) {
    let mut random = fastrand::Rng::with_seed(0);
    while !is_over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_micros(random.u64(2_000..20_000)));
        if process.freeze().is_ok() {
            std::thread::sleep(Duration::from_micros(random.u64(1_000..10_000)));
        }
        let _ = process.thaw();
    }
}

/// Moves the clock of the process by up to so many milliseconds, again and again, until it is over.
pub(super) fn jump_within(clock: &SystemClock, jump_ms: i64, is_over: &AtomicBool) -> Result<()> {
    let mut random = fastrand::Rng::with_seed(0);
    while !is_over.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_micros(random.u64(1_000..5_000)));
        clock.jump(random.i64(-jump_ms..=jump_ms))?;
    }
    Ok(())
}

/// Freezes the process while it has no invocation.
pub(super) fn freeze_between(process: &FunctionProcess) -> Result<()> {
    process.freeze()?;
    std::thread::sleep(Duration::from_millis(20));
    process.thaw()?;
    Ok(())
}
