//! On a schedule: undoes bookings that were neither confirmed nor cancelled in time.

use std::sync::Arc;

use airline_booking::booking::Bookings;
use airline_booking::saga::{Saga, Sagas};
use airline_booking::table::Table;
use airline_booking::{Setup, seconds};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::core::Clock;
use powertools_lambda::metrics::{self, MetricName, Unit};
use serde_json::{Value, json};
use tracing::info;

const BOOKING_EXPIRED: MetricName = MetricName::new("BookingExpired");

/// A booking that is not released after this time is tried again, with another saga.
const RETRY_SECONDS: u64 = 600;

struct ReleaseExpired<T, S> {
    bookings: Bookings<T>,
    sagas: S,
    clock: Clock,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let function = Arc::new(ReleaseExpired {
        bookings: setup.bookings()?,
        sagas: setup.sagas()?,
        clock: setup.clock(),
    });
    let handler = service_fn(move |event| handle(Arc::clone(&function), event));
    setup.into_powertools().run(handler).await
}

/// Lets a saga undo each of them: its steps are the same, in the same order, as after a failure.
async fn handle<T: Table, S: Sagas>(
    function: Arc<ReleaseExpired<T, S>>,
    _: LambdaEvent<Value>,
) -> Result<Value, Error> {
    let now = seconds(&function.clock);
    let expired = function.bookings.expire(now).await?;
    for booking in &expired {
        function
            .sagas
            .start(&booking.id, Saga::Undo(now / RETRY_SECONDS))
            .await?;
        info!(booking_id = %booking.id, "booking expired");
    }
    metrics::add(BOOKING_EXPIRED, Unit::Count, expired.len());
    Ok(json!({ "expired": expired.len() }))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use airline_booking::booking::{Booking, BookingId, Refusal, Status};
    use airline_booking::table::MemoryTable;
    use powertools_lambda::test_util::{TestFunction, events};

    use super::*;

    #[derive(Clone, Default)]
    struct Started(Arc<Mutex<Vec<(BookingId, Saga)>>>);

    impl Sagas for Started {
        async fn start(&self, booking: &BookingId, saga: Saga) -> Result<(), Error> {
            self.0.lock().unwrap().push((booking.clone(), saga));
            Ok(())
        }
    }

    #[tokio::test]
    async fn each_expired_booking_is_undone_by_a_saga() {
        let (test, started) = (TestFunction::new(), Started::default());
        let clock = test.environment().environment().clock().clone();
        let bookings = Bookings::new(MemoryTable::default());
        for (traveller, expires_at) in [("ann", seconds(&clock) - 1), ("bob", seconds(&clock) + 60)] {
            let booking = Booking {
                id: BookingId::of(traveller, "1"),
                traveller: traveller.to_owned(),
                contact: "a@example.com".to_owned(),
                flight: "RS101".to_owned(),
                seat: "1A".parse().unwrap(),
                price: 12_900,
                payment_token: "tok_visa".to_owned(),
                promotion: false,
                expires_at,
                status: Status::Requested,
                reason: None,
            };
            bookings.create(booking).await.unwrap();
        }
        let function = Arc::new(ReleaseExpired {
            bookings: bookings.clone(),
            sagas: started.clone(),
            clock,
        });
        let handler = service_fn(move |event| handle(Arc::clone(&function), event));
        let answer: Value = test
            .invoke(handler, events::scheduled("release-expired"))
            .await
            .unwrap();

        assert_eq!(answer, json!({"expired": 1}));
        let started = started.0.lock().unwrap().clone();
        assert_eq!(started.len(), 1);
        assert_eq!(started[0].0, BookingId::of("ann", "1"));
        assert!(matches!(started[0].1, Saga::Undo(_)));
        let booking = bookings.find(&started[0].0).await.unwrap().unwrap();
        assert_eq!(
            (booking.status, booking.reason),
            (Status::Undoing, Some(Refusal::Expired))
        );
    }
}
