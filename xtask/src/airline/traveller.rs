//! [`Traveller`]: books seats, and repeats requests that were not answered.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Airline;
use crate::local_aws::Answer;

/// A traveller with a loyalty account.
#[derive(Clone, Debug)]
pub(crate) struct Traveller {
    pub(crate) name: String,
}

/// A request for a booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) key: String,
    pub(crate) body: Value,
}

/// Returns the names of the 50 seats of an aircraft.
pub(crate) fn seats() -> Vec<String> {
    (1..=10)
        .flat_map(|row| ('A'..='E').map(move |letter| format!("{row}{letter}")))
        .collect()
}

impl Traveller {
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    /// Returns the request for a seat, at the price of this offer.
    pub(crate) fn request(&self, flight: &str, seat: &str, offer: &Value, key: &str) -> Request {
        let body = json!({
            "traveller": self.name, "contact": format!("{}@example.com", self.name), "flight": flight, "seat": seat,
            "paymentToken": "tok_visa", "offer": offer,
        });
        Request {
            key: key.to_owned(),
            body,
        }
    }

    /// Sends a request for a booking once.
    pub(crate) fn book(airline: &Airline, request: &Request) -> Result<Answer> {
        let headers = [("idempotency-key", request.key.clone())];
        let (_, answer) = airline.send("POST", "/bookings", &headers, &request.body.to_string())?;
        Ok(answer)
    }

    /// Sends a request until it is answered, and returns the booking's id.
    pub(crate) fn persist(airline: &Airline, request: &Request) -> Result<String> {
        let answer = repeat(|| Self::book(airline, request))?;
        ensure!(answer.status == 202, "{request:?}: {} {}", answer.status, answer.body);
        let id = answer.json()?["bookingId"].as_str().map(str::to_owned);
        id.context("the booking has no id")
    }

    /// Returns an offer for a flight.
    pub(crate) fn offer(airline: &Airline, flight: &str) -> Result<Value> {
        let answer = repeat(|| Ok(airline.send("GET", &format!("/flights/{flight}"), &[], "")?.1))?;
        ensure!(answer.status == 200, "{flight}: {} {}", answer.status, answer.body);
        Ok(answer.json()?["offer"].clone())
    }

    /// Waits until the saga of a booking has ended.
    pub(crate) fn wait(airline: &Airline, booking: &str) -> Result<()> {
        const PATIENCE: Duration = Duration::from_mins(2);
        let started = Instant::now();
        loop {
            let status = airline.execution(booking)?;
            if status.as_deref().is_some_and(|status| status != "RUNNING") {
                return Ok(());
            }
            ensure!(
                started.elapsed() < PATIENCE,
                "the saga of {booking} did not end: {status:?}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// Sends a request until its answer is not a server error.
fn repeat(send: impl Fn() -> Result<Answer>) -> Result<Answer> {
    const ATTEMPTS: u32 = 25;
    let mut attempts = 0;
    loop {
        attempts += 1;
        let answer = send()?;
        if answer.status < 500 && answer.status != 429 {
            return Ok(answer);
        }
        ensure!(
            attempts < ATTEMPTS,
            "no answer in {ATTEMPTS} attempts: {} {}",
            answer.status,
            answer.body
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}
