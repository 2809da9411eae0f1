//! Functions in a local AWS, and whether what came out is right.

mod batch;
mod checks;
mod parameters;
mod quickstart;
mod xray_schema;

use anyhow::{Result, bail};

use crate::ui;

type Suite = fn() -> Result<()>;

/// Each suite with what it is about; a suite starts its own local AWS.
const SUITES: [(&str, Suite); 3] = [
    ("the quickstart function", quickstart::run),
    ("parameters", parameters::run),
    ("functions behind queues and streams", batch::run),
];

pub(super) fn run() -> Result<()> {
    let mut failed = 0;
    for (about, suite) in SUITES {
        ui::heading(&format!("End to end: {about}"));
        if let Err(error) = suite() {
            ui::error(&error);
            failed += 1;
        }
    }
    if failed > 0 {
        bail!("{failed} of {} end-to-end suites failed", SUITES.len());
    }
    Ok(())
}
