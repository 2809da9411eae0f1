//! The saga's steps of the notification: announce a booking, and withdraw that.

use std::sync::Arc;

use airline_booking::Setup;
use airline_booking::booking::{Booking, Bookings, Refusal};
use airline_booking::loyalty::{Earning, LoyaltyEvent, Topic};
use airline_booking::saga::Step;
use airline_booking::table::Table;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::tracer;
use serde::{Deserialize, Serialize};
use tracing::{info, instrument, warn};

const TRAVELLER_UNREACHABLE: MetricName = MetricName::new("TravellerUnreachable");

/// A top-level domain that never exists (RFC 2606): nobody can be notified there.
const UNDELIVERABLE: &str = ".invalid";

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
enum Action {
    Notify,
    /// Undoes `Notify`.
    Withdraw,
}

/// The answer, with what the state machine puts into its event for the promotion.
#[derive(Debug, Deserialize, PartialEq, Eq, Serialize)]
struct Notice {
    refused: bool,
    promotion: bool,
    bonus: LoyaltyEvent,
}

struct Notification<T, N> {
    bookings: Bookings<T>,
    topic: N,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let notification = Arc::new(Notification {
        bookings: setup.bookings()?,
        topic: setup.topic()?,
    });
    let handler = service_fn(move |event| handle(Arc::clone(&notification), event));
    setup.into_powertools().run(handler).await
}

async fn handle<T: Table, N: Topic>(
    notification: Arc<Notification<T, N>>,
    LambdaEvent { payload: step, .. }: LambdaEvent<Step<Action>>,
) -> Result<Notice, Error> {
    step.show();
    match step.action {
        Action::Notify => notification.notify(&step).await,
        Action::Withdraw => notification.withdraw(&step).await,
    }
}

impl<T: Table, N: Topic> Notification<T, N> {
    #[instrument(skip_all)]
    async fn notify(&self, step: &Step<Action>) -> Result<Notice, Error> {
        let id = &step.booking_id;
        let booking = self.bookings.find(id).await?.ok_or("there is no such booking")?;
        if booking.contact.ends_with(UNDELIVERABLE) {
            metrics::add(TRAVELLER_UNREACHABLE, Unit::Count, 1);
            warn!("the traveller cannot be notified");
            return Ok(notice(&self.bookings.undo(id, Refusal::Undeliverable).await?));
        }
        self.topic.publish(&LoyaltyEvent::of(&booking, Earning::Base)).await?;
        info!("traveller notified");
        Ok(notice(&booking))
    }

    /// Announces that the booking was undone. What was announced before may be on its way, or never have been sent.
    #[instrument(skip_all)]
    async fn withdraw(&self, step: &Step<Action>) -> Result<Notice, Error> {
        tracer::annotate("undo", true);
        let booking = self.bookings.undo(&step.booking_id, Refusal::StepFailed).await?;
        self.topic
            .publish(&LoyaltyEvent::of(&booking, Earning::Withdrawn))
            .await?;
        info!("notification withdrawn");
        Ok(notice(&booking))
    }
}

fn notice(booking: &Booking) -> Notice {
    Notice {
        refused: !booking.is_going_on(),
        promotion: booking.promotion,
        bonus: LoyaltyEvent::of(booking, Earning::Bonus),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use airline_booking::booking::{BookingId, Status};
    use airline_booking::table::MemoryTable;
    use powertools_lambda::test_util::TestFunction;
    use serde_json::json;

    use super::*;

    #[derive(Clone, Default)]
    struct Published(Arc<Mutex<Vec<Earning>>>);

    impl Topic for Published {
        async fn publish(&self, event: &LoyaltyEvent) -> Result<(), Error> {
            self.0.lock().unwrap().push(event.kind);
            Ok(())
        }
    }

    /// Invokes the function for a confirmed booking, and returns the answers and what was published.
    async fn invoke(contact: &str, actions: &[&str]) -> (Vec<Notice>, Vec<Earning>) {
        let (test, published) = (TestFunction::new(), Published::default());
        let bookings = Bookings::new(MemoryTable::default());
        let id = BookingId::of("ann", "1");
        let booking = Booking {
            id: id.clone(),
            traveller: "ann".to_owned(),
            contact: contact.to_owned(),
            flight: "RS101".to_owned(),
            seat: "1A".parse().unwrap(),
            price: 12_900,
            payment_token: "tok_visa".to_owned(),
            promotion: true,
            expires_at: 900,
            status: Status::Confirmed,
            reason: None,
        };
        bookings.create(booking).await.unwrap();
        let notification = Arc::new(Notification {
            bookings,
            topic: published.clone(),
        });
        let mut answers = Vec::new();
        for action in actions {
            let notification = Arc::clone(&notification);
            let handler = service_fn(move |event| handle(Arc::clone(&notification), event));
            answers.push(
                test.invoke(handler, json!({"action": action, "bookingId": id}))
                    .await
                    .unwrap(),
            );
        }
        let published = published.0.lock().unwrap().clone();
        (answers, published)
    }

    #[tokio::test]
    async fn a_booking_is_announced_and_its_bonus_is_left_to_the_state_machine() {
        let (answers, published) = invoke("ann@example.com", &["notify"]).await;
        assert!(!answers[0].refused && answers[0].promotion);
        assert_eq!(
            (answers[0].bonus.kind, answers[0].bonus.price),
            (Earning::Bonus, 12_900)
        );
        assert_eq!(published, [Earning::Base]);
    }

    #[tokio::test]
    async fn an_undeliverable_notification_is_refused_and_withdrawn() {
        let (answers, published) = invoke("ann@nowhere.invalid", &["notify", "withdraw"]).await;
        assert!(answers.iter().all(|notice| notice.refused));
        assert_eq!(published, [Earning::Withdrawn]);
    }
}
