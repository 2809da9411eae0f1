//! End-to-end suites: run functions in a local AWS and check their telemetry.

mod accessibility;
mod airline;
mod batch;
mod checks;
mod demo;
mod deployments;
mod http;
mod idempotency;
mod opentelemetry;
mod page;
mod parameters;
mod quickstart;
mod release;
mod shopping_cart;
mod template_events;
mod templates;
mod wait;
mod xray_schema;

use std::time::Instant;

use anyhow::{Result, ensure};

use crate::ui;

type Suite = fn() -> Result<()>;

/// The suites with their descriptions. Each suite that needs a local AWS starts its own.
const SUITES: [(&str, Suite); 16] = [
    ("templates of the examples", templates::run),
    ("templates of the site", deployments::run),
    ("quickstart function", quickstart::run),
    ("parameters", parameters::run),
    ("batch functions behind queues and streams", batch::run),
    ("idempotency with concurrent duplicates", idempotency::run),
    ("http: a router behind every source", http::run),
    ("opentelemetry: a collector, faults, and botocore", opentelemetry::run),
    ("opentelemetry: the quickstart function", quickstart::run_with_otlp),
    ("opentelemetry: the demo's map", demo::run_with_otlp),
    ("demo, and its report", demo::run),
    ("shopping-cart", shopping_cart::run),
    ("airline-booking", airline::run),
    ("airline: the demo, and its report", airline::demo::run),
    ("release of the crates", release::run),
    ("projects from the templates", release::templates::run),
];

/// The suites that run only if they are named, because they take long or wait.
const ON_REQUEST: [(&str, Suite); 3] = [
    ("thorough: 64 duplicates of 1,000 keys", idempotency::run_thoroughly),
    ("cargo-semver-checks against a tag", release::run_semver_checks),
    (
        "walk: the crates, served until Enter is pressed",
        release::templates::serve,
    ),
];

/// Runs the suites with `part` in their name.
pub(super) fn run(part: &str) -> Result<()> {
    let (mut ran, mut failed) = (0, 0);
    let on_request = ON_REQUEST.iter().filter(|_| !part.is_empty());
    for (about, suite) in SUITES
        .iter()
        .chain(on_request)
        .filter(|(about, _)| about.contains(part))
    {
        ui::heading(&format!("End to end: {about}"));
        ran += 1;
        let started = Instant::now();
        if let Err(error) = suite() {
            ui::error(&error);
            failed += 1;
        }
        println!("{:.1} s", started.elapsed().as_secs_f64());
    }
    ensure!(ran > 0, "no suite matches {part}");
    ensure!(failed == 0, "{failed} of {ran} end-to-end suites failed");
    Ok(())
}
