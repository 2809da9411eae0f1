//! End-to-end suites: run functions in a local AWS and check their telemetry.

mod accessibility;
mod batch;
mod checks;
mod demo;
mod page;
mod parameters;
mod quickstart;
mod release;
mod shopping_cart;
mod template_events;
mod templates;
mod xray_schema;

use anyhow::{Result, ensure};

use crate::ui;

type Suite = fn() -> Result<()>;

/// The suites with their descriptions. Each suite that needs a local AWS starts its own.
const SUITES: [(&str, Suite); 7] = [
    ("templates of the examples", templates::run),
    ("quickstart function", quickstart::run),
    ("parameters", parameters::run),
    ("batch functions behind queues and streams", batch::run),
    ("demo, and its report", demo::run),
    ("shopping-cart", shopping_cart::run),
    ("release of the crates", release::run),
];

/// Runs the suites with `part` in their name.
pub(super) fn run(part: &str) -> Result<()> {
    let (mut ran, mut failed) = (0, 0);
    for (about, suite) in SUITES.iter().filter(|(about, _)| about.contains(part)) {
        ui::heading(&format!("End to end: {about}"));
        ran += 1;
        if let Err(error) = suite() {
            ui::error(&error);
            failed += 1;
        }
    }
    ensure!(ran > 0, "no suite matches {part}");
    ensure!(failed == 0, "{failed} of {ran} end-to-end suites failed");
    Ok(())
}
