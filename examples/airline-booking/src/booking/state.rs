//! [`Booking`], with the changes that are possible in each status.

use serde::{Deserialize, Serialize};

use super::{BookingId, Refusal, Status};
use crate::catalogue::Seat;

/// A booking of one seat.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// The traveller's loyalty account.
    pub traveller: String,
    /// The address for notifications.
    pub contact: String,
    /// The flight's number.
    pub flight: String,
    /// The seat.
    pub seat: Seat,
    /// The price in cents.
    pub price: u64,
    /// The payment provider's token for the traveller's card.
    pub payment_token: String,
    /// Whether the traveller earns the promotion's points in addition.
    pub promotion: bool,
    /// When it expires unless it is confirmed, in seconds since the Unix epoch.
    pub expires_at: u64,
    /// How far it is.
    pub status: Status,
    /// Why it is undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Refusal>,
}

impl Booking {
    /// Returns whether this booking was made by the same request. What the airline decides may differ.
    pub fn is_requested_as(&self, other: &Self) -> bool {
        let request = |booking: &Self| {
            let Self {
                traveller,
                contact,
                flight,
                seat,
                price,
                payment_token,
                ..
            } = booking.clone();
            (traveller, contact, flight, seat, price, payment_token)
        };
        request(self) == request(other)
    }

    /// Returns whether the saga still goes forward.
    pub fn is_going_on(&self) -> bool {
        !matches!(self.status, Status::Undoing | Status::Cancelled)
    }

    /// Goes from one status to the next, and returns whether it is there, or was there before.
    pub(super) fn advance(&mut self, from: Status, to: Status) -> bool {
        if self.status == from {
            self.status = to;
        }
        self.is_going_on() && self.status >= to
    }

    /// Begins to undo it. The first reason is kept.
    pub(super) fn undo(&mut self, reason: Refusal) {
        if self.is_going_on() {
            self.status = Status::Undoing;
            self.reason = Some(reason);
        }
    }

    /// Ends it, and returns false if that is impossible because it is confirmed.
    pub(super) fn cancel(&mut self) -> bool {
        if self.status == Status::Confirmed {
            return false;
        }
        self.status = Status::Cancelled;
        self.reason.get_or_insert(Refusal::StepFailed);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Status; 6] = [
        Status::Requested,
        Status::Held,
        Status::Paid,
        Status::Confirmed,
        Status::Undoing,
        Status::Cancelled,
    ];

    fn booking(status: Status) -> Booking {
        Booking {
            id: BookingId::of("ann", "1"),
            traveller: "ann".to_owned(),
            contact: "ann@example.com".to_owned(),
            flight: "RS101".to_owned(),
            seat: "1A".parse().unwrap(),
            price: 12_900,
            payment_token: "tok_visa".to_owned(),
            promotion: false,
            expires_at: 900,
            status,
            reason: None,
        }
    }

    #[test]
    fn a_step_is_taken_from_one_status_and_counts_as_taken_in_the_later_ones() {
        // The answer and the status after `Held` → `Paid`, for each status before.
        for (before, (taken, after)) in ALL.into_iter().zip([
            (false, Status::Requested),
            (true, Status::Paid),
            (true, Status::Paid),
            (true, Status::Confirmed),
            (false, Status::Undoing),
            (false, Status::Cancelled),
        ]) {
            let mut booking = booking(before);
            let found = booking.advance(Status::Held, Status::Paid);
            assert_eq!((found, booking.status), (taken, after), "{before:?}");
        }
    }

    #[test]
    fn undoing_keeps_the_first_reason_and_never_goes_back() {
        for before in ALL {
            let mut booking = booking(before);
            booking.undo(Refusal::SeatTaken);
            booking.undo(Refusal::Expired);
            assert!(!booking.is_going_on(), "{before:?}");
            let ended = matches!(before, Status::Undoing | Status::Cancelled);
            assert_eq!(booking.reason, (!ended).then_some(Refusal::SeatTaken), "{before:?}");
        }
    }

    #[test]
    fn a_confirmed_booking_is_not_cancelled_before_it_is_being_undone() {
        for before in ALL {
            let mut booking = booking(before);
            assert_eq!(booking.cancel(), before != Status::Confirmed, "{before:?}");
        }
        let mut booking = booking(Status::Confirmed);
        booking.undo(Refusal::Undeliverable);
        assert!(booking.cancel());
        assert_eq!(booking.reason, Some(Refusal::Undeliverable));
    }

    #[test]
    fn a_request_is_compared_without_what_the_airline_decides() {
        let first = booking(Status::Requested);
        let later = Booking {
            promotion: true,
            expires_at: 1,
            status: Status::Paid,
            ..first.clone()
        };
        assert!(first.is_requested_as(&later));
        let other = Booking {
            seat: "1B".parse().unwrap(),
            ..first.clone()
        };
        assert!(!first.is_requested_as(&other));
    }
}
