//! Checks the airline's booking, under load and with injected faults.

mod bad_input;
mod books;
pub(super) mod demo;
mod redrive;
mod storm;
mod stuck;
mod suite;
mod traces;

use std::cell::RefCell;

use anyhow::{Context, Result};

use suite::Suite;

use super::checks::{self, Check};
use super::page;
use crate::airline::Airline;
use crate::local_aws::{Faults, Reservation};
use crate::ui;

/// The checks, in this order: the later ones count what the earlier ones have left.
const CHECKS: [Check<Suite>; 14] = [
    (
        "invalid requests are answered with problems, and book nothing",
        bad_input::requests,
    ),
    (
        "a booking has the trace of its steps, and so has one that is undone",
        traces::steps,
    ),
    ("malformed events end in the dead-letter queue", bad_input::events),
    (
        "500 bookings of 50 seats under faults are answered, and every saga ends",
        |suite| {
            *suite.storm.borrow_mut() = Some(storm::weather(suite)?);
            Ok(())
        },
    ),
    ("abandoned bookings are released by the schedule", storm::abandoned),
    (
        "what is in the dead-letter queue is counted after it is redriven",
        redrive::all,
    ),
    ("no seat is sold twice", books::seats),
    ("every payment has a booking or a refund", books::payments),
    ("each booking's points are counted once", books::points),
    ("every saga ended, and none is stuck", books::sagas),
    (
        "reservations, payments and points have idempotency records",
        books::records,
    ),
    (
        "a booking that cannot be undone is stuck, and is not lost",
        stuck::refund_fails,
    ),
    ("an expired price is refused", bad_input::expired_price),
    (page::WHOLE, |suite| {
        let capture = suite.airline.capture()?;
        page::is_whole(&page::of(&capture, "airline-booking")?, &capture)
    }),
];

pub(super) fn run() -> Result<()> {
    let place = Reservation::new()?;
    let airline = Airline::open(false, &[("AWS_ENDPOINT_URL", place.endpoint()?)])?;
    let faults = Faults::start_at(place, &airline.deployment.aws)?;
    storm::warm_up(&faults)?;
    let mut suite = Suite {
        airline,
        faults,
        storm: RefCell::default(),
        early_offer: serde_json::Value::Null,
    };
    ui::task("Starting every function once", || suite.warm_up())?;
    let log = suite.airline.deployment.aws.log();
    checks::run(&suite, &CHECKS).with_context(|| format!("the log of MiniStack is {}", log.display()))
}
