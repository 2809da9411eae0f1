//! Runs the checks of a suite.

use anyhow::{Result, ensure};

/// A requirement with the function that checks it.
pub(super) type Check<R> = (&'static str, fn(&R) -> Result<()>);

/// Runs all checks and prints their results. Fails if one of them fails.
pub(super) fn run<R>(run: &R, checks: &[Check<R>]) -> Result<()> {
    let mut failed = 0;
    for (name, check) in checks {
        match check(run) {
            Ok(()) => println!("ok      {name}"),
            Err(error) => {
                failed += 1;
                println!("FAILED  {name}: {error:#}");
            }
        }
    }
    println!("{} passed, {failed} failed", checks.len() - failed);
    ensure!(failed == 0, "{failed} end-to-end checks failed");
    Ok(())
}
