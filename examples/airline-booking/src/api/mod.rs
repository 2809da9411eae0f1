//! The booking API: [`BookingRequest`], [`RequestKey`], and [`Offers`].

mod offers;
mod request;
mod request_key;

pub use offers::Offers;
pub use request::{BookingRequest, unknown_flight};
pub use request_key::RequestKey;
