//! The saga's steps of the payment: collect, and refund.

use std::sync::Arc;

use airline_booking::Setup;
use airline_booking::booking::{Bookings, Refusal};
use airline_booking::payments::{Collected, Payments};
use airline_booking::saga::{Outcome, Step};
use airline_booking::table::Table;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::idempotency::Idempotency;
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::tracer;
use serde::Deserialize;
use tracing::{info, instrument, warn};

const PAYMENT_COLLECTED: MetricName = MetricName::new("PaymentCollected");
const PAYMENT_DECLINED: MetricName = MetricName::new("PaymentDeclined");
const PAYMENT_REFUNDED: MetricName = MetricName::new("PaymentRefunded");

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Action {
    Collect,
    /// Undoes `Collect`.
    Refund,
}

struct Payment<T, P> {
    bookings: Bookings<T>,
    payments: P,
    idempotency: Idempotency,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let payment = Arc::new(Payment {
        bookings: setup.bookings()?,
        payments: setup.payments().await?,
        idempotency: setup.idempotency("collect")?,
    });
    let handler = service_fn(move |event| handle(Arc::clone(&payment), event));
    setup.into_powertools().run(handler).await
}

async fn handle<T: Table, P: Payments>(
    payment: Arc<Payment<T, P>>,
    LambdaEvent { payload: step, .. }: LambdaEvent<Step<Action>>,
) -> Result<Outcome, Error> {
    step.show();
    match step.action {
        Action::Collect => payment.collect(&step).await,
        Action::Refund => payment.refund(&step).await,
    }
}

impl<T: Table, P: Payments> Payment<T, P> {
    /// Collects the payment. One execution at a time asks the payment API; if it dies before its record is complete, the next one
    /// asks again with the same key, which the payment API has seen.
    #[instrument(skip_all)]
    async fn collect(&self, step: &Step<Action>) -> Result<Outcome, Error> {
        self.idempotency.run(step.booking_id.as_str(), || self.ask(step)).await
    }

    async fn ask(&self, step: &Step<Action>) -> Result<Outcome, Error> {
        let id = &step.booking_id;
        let booking = self.bookings.find(id).await?.ok_or("there is no such booking")?;
        // An expired booking is not paid for.
        if !booking.is_going_on() {
            return Ok(Outcome { refused: true });
        }
        let booking = match self.payments.collect(&booking).await? {
            Collected::Paid => {
                metrics::add(PAYMENT_COLLECTED, Unit::Count, 1);
                info!(price = booking.price, "payment collected");
                self.bookings.pay(id).await?
            }
            Collected::Declined => {
                metrics::add(PAYMENT_DECLINED, Unit::Count, 1);
                warn!("payment declined");
                self.bookings.undo(id, Refusal::PaymentDeclined).await?
            }
            Collected::Refunded => {
                warn!("payment refunded before it was collected");
                self.bookings.undo(id, Refusal::Expired).await?
            }
        };
        Ok(Outcome::from(&booking))
    }

    /// Refunds the payment, whether it was collected or not: the answer may have been lost, or be on its way.
    #[instrument(skip_all)]
    async fn refund(&self, step: &Step<Action>) -> Result<Outcome, Error> {
        tracer::annotate("undo", true);
        self.bookings.undo(&step.booking_id, Refusal::StepFailed).await?;
        self.payments.refund(&step.booking_id).await?;
        metrics::add(PAYMENT_REFUNDED, Unit::Count, 1);
        info!("payment refunded");
        Ok(Outcome { refused: true })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // counts are whole numbers

    use airline_booking::booking::{Booking, BookingId, Status};
    use airline_booking::payments::MemoryPayments;
    use airline_booking::table::MemoryTable;
    use powertools_lambda::idempotency::MemoryStore;
    use powertools_lambda::test_util::TestFunction;
    use serde_json::json;

    use super::*;

    struct Case {
        test: TestFunction,
        bookings: Bookings<MemoryTable>,
        payments: MemoryPayments,
        payment: Arc<Payment<MemoryTable, MemoryPayments>>,
        id: BookingId,
    }

    /// Returns the function, with one booking whose seat is held.
    async fn held(payment_token: &str) -> Case {
        let (test, payments) = (TestFunction::new(), MemoryPayments::default());
        let bookings = Bookings::new(MemoryTable::default());
        let id = BookingId::of("ann", "1");
        let booking = Booking {
            id: id.clone(),
            traveller: "ann".to_owned(),
            contact: "a@example.com".to_owned(),
            flight: "RS101".to_owned(),
            seat: "1A".parse().unwrap(),
            price: 12_900,
            payment_token: payment_token.to_owned(),
            promotion: false,
            expires_at: 900,
            status: Status::Requested,
            reason: None,
        };
        bookings.create(booking).await.unwrap();
        bookings.hold(&id).await.unwrap();
        let payment = Payment {
            bookings: bookings.clone(),
            payments: payments.clone(),
            idempotency: Idempotency::builder(MemoryStore::new(), "collect")
                .environment(test.environment())
                .build(),
        };
        Case {
            test,
            bookings,
            payments,
            payment: Arc::new(payment),
            id,
        }
    }

    impl Case {
        async fn step(&self, action: &str) -> Option<bool> {
            let payment = Arc::clone(&self.payment);
            let handler = service_fn(move |event| handle(Arc::clone(&payment), event));
            let outcome = self
                .test
                .invoke(handler, json!({"action": action, "bookingId": self.id}))
                .await;
            outcome.ok().map(|outcome: Outcome| outcome.refused)
        }

        async fn booking(&self) -> (Status, Option<Refusal>) {
            let booking = self.bookings.find(&self.id).await.unwrap().unwrap();
            (booking.status, booking.reason)
        }
    }

    #[tokio::test]
    async fn a_payment_whose_answer_is_lost_is_collected_once() {
        let case = held("tok_visa").await;
        case.payments.lose_answers(2);
        for expected in [None, None, Some(false), Some(false)] {
            assert_eq!(case.step("collect").await, expected);
        }
        assert_eq!(case.payments.charges(), 1);
        assert_eq!(case.booking().await, (Status::Paid, None));
    }

    #[tokio::test]
    async fn a_declined_payment_is_an_answer() {
        let case = held("declined").await;
        assert_eq!(case.step("collect").await, Some(true));
        assert_eq!(case.booking().await, (Status::Undoing, Some(Refusal::PaymentDeclined)));
        assert!(!case.test.span("handler").is_fault());
        assert_eq!(case.test.metrics().sum("PaymentDeclined"), 1.0);
    }

    #[tokio::test]
    async fn nothing_is_collected_after_the_refund() {
        let case = held("tok_visa").await;
        assert_eq!(case.step("refund").await, Some(true));
        assert_eq!(case.step("collect").await, Some(true));
        assert_eq!(case.payments.charges(), 0);
        assert_eq!(case.booking().await, (Status::Undoing, Some(Refusal::StepFailed)));
    }
}
