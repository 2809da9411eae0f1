//! Freezes of the process, as Lambda freezes an environment.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::Result;
use runtime_api::FunctionProcess;

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

/// Freezes the process while it has no invocation.
pub(super) fn freeze_between(process: &FunctionProcess) -> Result<()> {
    process.freeze()?;
    std::thread::sleep(Duration::from_millis(20));
    process.thaw()?;
    Ok(())
}
