//! The saga's steps of the seat: reserve, confirm, and what undoes them.

use std::sync::Arc;

use airline_booking::Setup;
use airline_booking::booking::{Booking, Bookings, Refusal};
use airline_booking::saga::{Outcome, Step};
use airline_booking::table::Table;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::idempotency::Idempotency;
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::tracer;
use serde::Deserialize;
use tracing::{info, instrument, warn};

const BOOKING_CONFIRMED: MetricName = MetricName::new("BookingConfirmed");
const BOOKING_UNDONE: MetricName = MetricName::new("BookingUndone");

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Action {
    Reserve,
    Confirm,
    /// Undoes `Confirm`.
    CancelConfirmation,
    /// Undoes `Reserve`.
    Release,
}

struct Reservation<T> {
    bookings: Bookings<T>,
    idempotency: Idempotency,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let reservation = Arc::new(Reservation {
        bookings: setup.bookings()?,
        idempotency: setup.idempotency("reserve")?,
    });
    let handler = service_fn(move |event| handle(Arc::clone(&reservation), event));
    setup.into_powertools().run(handler).await
}

async fn handle<T: Table>(
    reservation: Arc<Reservation<T>>,
    LambdaEvent { payload: step, .. }: LambdaEvent<Step<Action>>,
) -> Result<Outcome, Error> {
    step.show();
    match step.action {
        Action::Reserve => reservation.reserve(&step).await,
        Action::Confirm => reservation.confirm(&step).await,
        Action::CancelConfirmation => reservation.cancel_confirmation(&step).await,
        Action::Release => reservation.release(&step).await,
    }
}

impl<T: Table> Reservation<T> {
    /// Reserves the seat. The seat is written under a condition, so it is sold once in any case; that the step runs once at a time,
    /// and answers a repetition from its record, spares the table.
    #[instrument(skip_all)]
    async fn reserve(&self, step: &Step<Action>) -> Result<Outcome, Error> {
        let reserve = || async {
            let booking = self.bookings.hold(&step.booking_id).await?;
            report(&booking, "seat reserved");
            Ok::<_, Error>(Outcome::from(&booking))
        };
        self.idempotency.run(step.booking_id.as_str(), reserve).await
    }

    #[instrument(skip_all)]
    async fn confirm(&self, step: &Step<Action>) -> Result<Outcome, Error> {
        let booking = self.bookings.confirm(&step.booking_id).await?;
        if booking.is_going_on() {
            metrics::add(BOOKING_CONFIRMED, Unit::Count, 1);
        }
        report(&booking, "booking confirmed");
        Ok(Outcome::from(&booking))
    }

    #[instrument(skip_all)]
    async fn cancel_confirmation(&self, step: &Step<Action>) -> Result<Outcome, Error> {
        tracer::annotate("undo", true);
        let booking = self.bookings.undo(&step.booking_id, Refusal::StepFailed).await?;
        info!(reason = booking.reason.map(display), "confirmation cancelled");
        Ok(Outcome::from(&booking))
    }

    #[instrument(skip_all)]
    async fn release(&self, step: &Step<Action>) -> Result<Outcome, Error> {
        tracer::annotate("undo", true);
        let booking = self.bookings.release(&step.booking_id).await?;
        metrics::add(BOOKING_UNDONE, Unit::Count, 1);
        info!(seat = %booking.seat, reason = booking.reason.map(display), "seat released");
        Ok(Outcome::from(&booking))
    }
}

fn report(booking: &Booking, done: &str) {
    match booking.reason {
        None => info!(seat = %booking.seat, "{done}"),
        Some(reason) => warn!(seat = %booking.seat, %reason, "booking refused"),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // counts are whole numbers

    use airline_booking::booking::{BookingId, Status};
    use airline_booking::table::MemoryTable;
    use powertools_lambda::idempotency::MemoryStore;
    use powertools_lambda::test_util::TestFunction;
    use serde_json::json;

    use super::*;

    async fn booked(bookings: &Bookings<MemoryTable>, traveller: &str) -> BookingId {
        let id = BookingId::of(traveller, "1");
        let booking = Booking {
            id: id.clone(),
            traveller: traveller.to_owned(),
            contact: "a@example.com".to_owned(),
            flight: "RS101".to_owned(),
            seat: "1A".parse().unwrap(),
            price: 12_900,
            payment_token: "tok_visa".to_owned(),
            promotion: false,
            expires_at: 900,
            status: Status::Requested,
            reason: None,
        };
        bookings.create(booking).await.unwrap();
        id
    }

    #[tokio::test]
    async fn the_second_booking_of_a_seat_is_refused_without_failing_the_function() {
        let (test, table) = (TestFunction::new(), MemoryTable::default());
        let bookings = Bookings::new(table.clone());
        let idempotency = Idempotency::builder(MemoryStore::new(), "reserve")
            .environment(test.environment())
            .build();
        let reservation = Arc::new(Reservation {
            bookings: bookings.clone(),
            idempotency,
        });
        let (ann, bob) = (booked(&bookings, "ann").await, booked(&bookings, "bob").await);
        for (id, action, refused) in [
            (&ann, "reserve", false),
            (&bob, "reserve", true),
            (&bob, "reserve", true),
            (&bob, "release", true),
            (&ann, "reserve", false),
        ] {
            let reservation = Arc::clone(&reservation);
            let handler = service_fn(move |event| handle(Arc::clone(&reservation), event));
            let event = json!({"action": action, "bookingId": id});
            let outcome: Outcome = test.invoke(handler, event).await.unwrap();
            assert_eq!(outcome.refused, refused, "{action} {id}");
        }
        assert_eq!(test.record("booking refused")["booking_id"], bob.as_str());
        assert_eq!(test.metrics().sum("BookingUndone"), 1.0);
        assert_eq!(bookings.taken("RS101").await.unwrap().len(), 1);
    }
}
