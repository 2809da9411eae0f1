//! Checks that the trace of a booking has the steps of its saga.

use anyhow::Result;

use super::suite::Suite;

pub(super) fn steps(_: &Suite) -> Result<()> {
    Ok(())
}
