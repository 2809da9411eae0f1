//! The payment API: [`Payments`], and its client.

mod client;
#[cfg(any(test, feature = "test-util"))]
mod memory;

use crate::booking::{Booking, BookingId};

pub use client::PaymentApi;
#[cfg(any(test, feature = "test-util"))]
pub use memory::MemoryPayments;

/// Collects payments and refunds them. The booking's id is the idempotency key of both.
///
/// After a refund, even one of a payment that was never collected, no payment is collected with its key. So a payment whose
/// answer was lost, or that arrives late, needs no further care.
pub trait Payments: Send + Sync + 'static {
    /// Collects the price of a booking.
    fn collect(&self, booking: &Booking) -> impl Future<Output = Result<Collected, PaymentError>> + Send;

    /// Refunds what was collected for a booking, if anything was.
    fn refund(&self, booking: &BookingId) -> impl Future<Output = Result<(), PaymentError>> + Send;
}

/// The outcome of a payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collected {
    /// It was collected, now or earlier.
    Paid,
    /// It was declined.
    Declined,
    /// It was refunded earlier.
    Refunded,
}

/// The payment API did not do what it was asked for, or its answer was lost.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    /// Its address or its key could not be read.
    #[error("the payment API is not configured")]
    Configuration(#[source] powertools_lambda::parameters::GetError),
    /// There was no answer.
    #[error("the payment API did not answer")]
    Unanswered(#[source] reqwest_middleware::Error),
    /// It answered with a status that is not an outcome.
    #[error("the payment API answered {0}")]
    Status(http::StatusCode),
}
