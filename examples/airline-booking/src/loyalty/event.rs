//! [`LoyaltyEvent`]: a booking that earns points, or no longer does.

use std::fmt;

use powertools_lambda::tracer;
use serde::{Deserialize, Serialize};

use crate::booking::{Booking, BookingId};

/// An event of the loyalty queue. The topic sends it as it is, and the event bus as the event's detail.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LoyaltyEvent {
    /// What happened.
    pub kind: Earning,
    /// The booking.
    pub booking_id: BookingId,
    /// The loyalty account.
    pub traveller: String,
    /// The price in cents.
    pub price: u64,
    /// The tracing header of the step that made the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<String>,
}

/// What a booking earns.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Earning {
    /// The points of every booking.
    Base,
    /// The points of a promotion in addition.
    Bonus,
    /// Nothing, because the booking was undone.
    Withdrawn,
}

impl LoyaltyEvent {
    /// Creates the event of a booking.
    pub fn of(booking: &Booking, kind: Earning) -> Self {
        let header = powertools_lambda::tracer::trace_header();
        Self {
            kind,
            booking_id: booking.id.clone(),
            traveller: booking.traveller.clone(),
            price: booking.price,
            trace: header.map(|header| header.to_string()),
        }
    }

    /// Links the current span to the step that made the event.
    pub fn link(&self) {
        if let Some(header) = &self.trace {
            tracer::link(header);
        }
    }
}

impl fmt::Display for Earning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Base => "base",
            Self::Bonus => "bonus",
            Self::Withdrawn => "withdrawn",
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_event_is_read_as_it_was_written() {
        let event = LoyaltyEvent {
            kind: Earning::Bonus,
            booking_id: BookingId::of("ann", "1"),
            traveller: "ann".to_owned(),
            price: 12_900,
            trace: None,
        };
        let text = json!({"kind": "bonus", "bookingId": event.booking_id, "traveller": "ann", "price": 12_900});
        assert_eq!(serde_json::to_value(&event).unwrap(), text);
        assert_eq!(serde_json::from_value::<LoyaltyEvent>(text).unwrap(), event);
    }

    #[test]
    fn a_malformed_event_is_none() {
        for body in [
            json!({}),
            json!("no event"),
            json!({"kind": "triple", "bookingId": "1", "traveller": "ann", "price": 1}),
            json!({"kind": "base", "bookingId": "1", "traveller": "ann", "price": -1}),
            json!({"kind": "base", "bookingId": "1", "traveller": "ann"}),
        ] {
            assert!(serde_json::from_value::<LoyaltyEvent>(body.clone()).is_err(), "{body}");
        }
    }
}
