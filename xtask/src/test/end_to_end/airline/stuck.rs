//! A booking whose undoing fails for good.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::suite::{OTHER_FLIGHT, Suite};
use crate::airline::Traveller;

/// The payment API cannot be reached, so the payment can neither be collected nor refunded: the saga fails, and the booking is in the
/// queue for a person.
pub(super) fn refund_fails(suite: &Suite) -> Result<()> {
    let airline = &suite.airline;
    let offer = Traveller::offer(airline, OTHER_FLIGHT)?;
    // Nothing listens on port 9.
    airline
        .deployment
        .set_parameter("PaymentUrlParameter", "http://127.0.0.1:9")?;
    std::thread::sleep(Duration::from_millis(1_500)); // the parameter is cached for a second
    let request = Traveller::new("stan").request(OTHER_FLIGHT, "9C", &offer, "stan-1");
    let stuck = Traveller::persist(airline, &request).and_then(|id| {
        Traveller::wait(airline, &id)?;
        Ok(id)
    });
    airline
        .deployment
        .set_parameter("PaymentUrlParameter", &airline.payments.url())?;
    let id = stuck?;
    let status = airline.execution(&id)?;
    ensure!(status.as_deref() == Some("FAILED"), "the saga of {id}: {status:?}");
    let messages = airline.deployment.messages("StuckBookingsUrl")?;
    ensure!(messages == 1, "{messages} bookings are stuck");
    Ok(())
}
