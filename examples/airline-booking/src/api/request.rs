//! [`BookingRequest`]: the body of `POST /bookings`.

use axum::http::StatusCode;
use powertools_lambda::http_api::ApiError;
use serde::Deserialize;
use serde_json::json;

use crate::catalogue::{self, Flight, Seat};
use crate::offer::Offer;

/// What a traveller asks for.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct BookingRequest {
    /// The loyalty account.
    pub traveller: String,
    /// The address for notifications.
    pub contact: String,
    /// The flight's number.
    pub flight: String,
    /// The seat.
    pub seat: String,
    /// The payment provider's token for the traveller's card.
    pub payment_token: String,
    /// The airline's offer.
    pub offer: Offer,
}

/// The longest text in a request, in bytes.
const LONGEST: usize = 100;

impl BookingRequest {
    /// Returns the flight and the seat, if the request is valid.
    ///
    /// # Errors
    ///
    /// Returns 404 if the flight does not exist, and 422 if fields are invalid. The error lists all of them.
    pub fn check(&self) -> Result<(Flight, Seat), ApiError> {
        let flight = catalogue::flight(&self.flight).ok_or_else(|| unknown_flight(&self.flight))?;
        let seat = self.seat.parse::<Seat>();
        let is_text = |text: &str| (1..=LONGEST).contains(&text.len()) && !text.contains(char::is_control);
        let fields = [
            ("traveller", is_text(&self.traveller)),
            ("contact", is_text(&self.contact) && self.contact.contains('@')),
            ("seat", seat.is_ok()),
            ("paymentToken", is_text(&self.payment_token)),
        ];
        let invalid: Vec<_> = fields
            .iter()
            .filter(|(_, is_valid)| !is_valid)
            .map(|(name, _)| name)
            .collect();
        match seat {
            Ok(seat) if invalid.is_empty() => Ok((flight, seat)),
            _ => Err(
                ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "the booking is not valid")
                    .code("invalid_booking")
                    .details(json!({ "fields": invalid })),
            ),
        }
    }
}

/// The answer to a request for a flight that does not exist.
pub fn unknown_flight(id: &str) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, format!("the flight {id:?} does not exist")).code("unknown_flight")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn the_fields_that_are_invalid_are_named() {
        let valid = json!({
            "traveller": "ann", "contact": "ann@example.com", "flight": "RS101", "seat": "1A", "paymentToken": "tok",
            "offer": {"price": 1, "validUntil": 1, "signature": ""},
        });
        let check = |name: &str, value: Value| {
            let mut body = valid.clone();
            body[name] = value;
            let request: BookingRequest = serde_json::from_value(body).unwrap();
            request.check().map_err(|error| error.status().as_u16())
        };
        assert!(check("seat", json!("10E")).is_ok());
        for (name, value, status) in [
            ("traveller", json!(""), 422),
            ("traveller", json!("a".repeat(101)), 422),
            ("traveller", json!("a\nb"), 422),
            ("contact", json!("ann"), 422),
            ("seat", json!("11A"), 422),
            ("paymentToken", json!(""), 422),
            ("flight", json!("RS999"), 404),
        ] {
            assert_eq!(check(name, value.clone()), Err(status), "{name}: {value}");
        }
    }
}
