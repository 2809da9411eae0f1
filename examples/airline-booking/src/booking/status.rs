//! [`Status`] of a booking, and [`Refusal`], why the saga was undone.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How far a booking is.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Its saga begins.
    Requested,
    /// The seat is reserved.
    Held,
    /// The payment was collected.
    Paid,
    /// The seat is sold. Only a failed notification can still undo it.
    Confirmed,
    /// Its saga is being undone. No step forward is taken from here, even by a function that is late.
    Undoing,
    /// Everything was undone.
    Cancelled,
}

/// Why a booking is undone.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// Another booking has the seat.
    SeatTaken,
    /// The payment was declined.
    PaymentDeclined,
    /// The traveller cannot be notified.
    Undeliverable,
    /// It was not confirmed in time.
    Expired,
    /// A step failed in all of its attempts.
    StepFailed,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::SeatTaken => "seat_taken",
            Self::PaymentDeclined => "payment_declined",
            Self::Undeliverable => "undeliverable",
            Self::Expired => "expired",
            Self::StepFailed => "step_failed",
        })
    }
}
