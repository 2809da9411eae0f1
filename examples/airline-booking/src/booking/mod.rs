//! Bookings: what they are, and what each step of the saga changes.

mod bookings;
mod id;
mod state;
mod status;

pub use bookings::{Bookings, Created};
pub use id::BookingId;
pub use state::Booking;
pub use status::{Refusal, Status};
