//! What a suite checks of its run.

use anyhow::{Result, ensure};

/// A requirement, and whether a run meets it.
pub(super) type Check<R> = (&'static str, fn(&R) -> Result<()>);

/// Makes every check, and tells of each; fails if one did.
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
