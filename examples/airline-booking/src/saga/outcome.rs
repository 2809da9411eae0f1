//! [`Outcome`]: what a step answers.

use serde::{Deserialize, Serialize};

use crate::booking::Booking;

/// The answer of a step forward.
///
/// A refusal is an answer and not an error: Lambda's metric `Errors`, its alarms and the retries of the state machine are for
/// failures. The reason is in the booking.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Whether the saga has to be undone.
    pub refused: bool,
}

impl From<&Booking> for Outcome {
    /// A booking that does not go on any further is refused, regardless of who began to undo it.
    fn from(booking: &Booking) -> Self {
        Self {
            refused: !booking.is_going_on(),
        }
    }
}
