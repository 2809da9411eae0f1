//! Waits for a thread, and for a condition.

use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};

use crate::ui;

/// Waits until a condition is met, and fails after a timeout.
pub(super) fn wait_until(what: &str, condition: impl Fn() -> Result<bool>) -> Result<()> {
    const PATIENCE: Duration = Duration::from_mins(2);
    let started = Instant::now();
    ui::task(format!("Waiting until {what}"), || {
        while !condition()? {
            ensure!(
                started.elapsed() < PATIENCE,
                "timed out after {PATIENCE:?} waiting until {what}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    })
}

/// Waits for a thread, and panics if it panicked.
pub(super) fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}
