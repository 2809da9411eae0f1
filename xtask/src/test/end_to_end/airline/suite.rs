//! [`Suite`]: the application under test, with helpers for the checks.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use powertools_telemetry::Telemetry;
use serde_json::Value;

use crate::airline::{Airline, Request, Traveller};
use crate::local_aws::Faults;

/// The flight of the bookings under faults, which earns the promotion's points, and another one.
pub(super) const FLIGHT: &str = "RS101";
pub(super) const OTHER_FLIGHT: &str = "RS200";

/// The application under test.
pub(super) struct Suite {
    pub(super) airline: Airline,
    pub(super) faults: Faults,
    pub(super) storm: RefCell<Option<Storm>>,
    /// An offer from before the first check.
    pub(super) early_offer: Value,
}

/// The bookings that were made under faults.
pub(super) struct Storm {
    /// The requests, by the ids of the bookings.
    pub(super) requests: BTreeMap<String, Request>,
    /// The bookings whose sagas were aborted.
    pub(super) abandoned: BTreeSet<String>,
}

impl Suite {
    /// Starts an environment of every function, and keeps an offer that will have expired.
    pub(super) fn warm_up(&mut self) -> Result<()> {
        self.airline.deployment.start_functions()?;
        self.early_offer = Traveller::offer(&self.airline, FLIGHT)?;
        Ok(())
    }

    pub(super) fn after_storm<R>(&self, check: impl FnOnce(&Storm) -> Result<R>) -> Result<R> {
        let storm = self.storm.borrow();
        check(storm.as_ref().context("the bookings under faults failed")?)
    }

    /// Waits until the telemetry is as expected or a timeout passes, and returns it.
    pub(super) fn telemetry_when(&self, complete: impl Fn(&Telemetry) -> bool) -> Result<Telemetry> {
        const PATIENCE: Duration = Duration::from_secs(20);
        let started = Instant::now();
        loop {
            let telemetry = self.airline.capture()?.read();
            if complete(&telemetry) || started.elapsed() > PATIENCE {
                return Ok(telemetry);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }
}
