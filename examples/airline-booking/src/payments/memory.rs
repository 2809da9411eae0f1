//! [`MemoryPayments`]: a payment API in memory that can lose answers.

#![allow(clippy::missing_panics_doc, clippy::unwrap_used)] // it is only for tests

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use http::StatusCode;

use super::{Collected, PaymentError, Payments};
use crate::booking::{Booking, BookingId};

/// A payment API in memory. The token `declined` is declined. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct MemoryPayments(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    payments: BTreeMap<BookingId, Collected>,
    charges: u32,
    lost_answers: u32,
}

impl MemoryPayments {
    /// Loses the answers of the next requests.
    pub fn lose_answers(&self, requests: u32) {
        self.0.lock().unwrap().lost_answers = requests;
    }

    /// Returns how often a card was charged.
    pub fn charges(&self) -> u32 {
        self.0.lock().unwrap().charges
    }
}

impl State {
    fn answer<T>(&mut self, outcome: T) -> Result<T, PaymentError> {
        if self.lost_answers == 0 {
            return Ok(outcome);
        }
        self.lost_answers -= 1;
        Err(PaymentError::Status(StatusCode::BAD_GATEWAY))
    }
}

impl Payments for MemoryPayments {
    async fn collect(&self, booking: &Booking) -> Result<Collected, PaymentError> {
        let mut state = self.0.lock().unwrap();
        let outcome = match state.payments.get(&booking.id) {
            Some(known) => *known,
            None if booking.payment_token == "declined" => Collected::Declined,
            None => {
                state.charges += 1;
                Collected::Paid
            }
        };
        state.payments.insert(booking.id.clone(), outcome);
        state.answer(outcome)
    }

    async fn refund(&self, booking: &BookingId) -> Result<(), PaymentError> {
        let mut state = self.0.lock().unwrap();
        state.payments.insert(booking.clone(), Collected::Refunded);
        state.answer(())
    }
}
