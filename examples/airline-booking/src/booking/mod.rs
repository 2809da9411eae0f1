//! Bookings: what they are, and what each step of the saga changes.

mod booking;
mod bookings;
mod id;
mod status;

pub use booking::Booking;
pub use bookings::{Bookings, Created};
pub use id::BookingId;
pub use status::{Refusal, Status};
