//! The code that the six functions share.
//!
//! * [`catalogue`] and [`offer`]: the flights, their seats and their prices
//! * [`booking`]: the bookings, and what each step of the saga changes in them
//! * [`payments`]: the payment API's client
//! * [`saga`]: the events and answers of the saga's steps, and its start
//! * [`loyalty`]: points, and the events that earn them
//! * [`table`]: conditional writes, several in one transaction
//! * [`Setup`]: creates all of it from the environment

pub mod api;
pub mod booking;
pub mod catalogue;
mod instant;
pub mod loyalty;
pub mod offer;
pub mod payments;
pub mod saga;
mod setup;
pub mod table;

pub use instant::seconds;
pub use setup::{Flags, Setup};
