//! [`Points`]: the accounts, and what each booking has earned.

use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use tracing::instrument;

use super::{Earning, LoyaltyEvent};
use crate::table::{Attempts, Commit, Key, Row, Table};

/// The loyalty accounts in a table.
#[derive(Clone, Debug)]
pub struct Points<T>(T);

/// A change of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// These points were added, or taken back if negative.
    By(i64),
    /// The event was counted before, or its booking withdrawn.
    None,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct Account {
    points: i64,
}

/// The points that a booking has earned of one kind; zero if it was withdrawn.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
struct Award {
    traveller: String,
    points: i64,
}

impl<T: Table> Points<T> {
    /// Creates the accounts of a table.
    pub fn new(table: T) -> Self {
        Self(table)
    }

    /// Returns the points of a traveller.
    ///
    /// # Errors
    ///
    /// If the table cannot be read.
    pub async fn of(&self, traveller: &str) -> Result<i64, Error> {
        let account = Row::<Account>::get(&self.0, account_key(traveller)).await?;
        Ok(account.map_or(0, |account| account.content.points))
    }

    /// Counts an event. Award and account change in one transaction, so an event that comes twice is counted once, and one that
    /// comes after its booking was withdrawn is not counted.
    ///
    /// # Errors
    ///
    /// If the table cannot be used.
    #[instrument(skip_all, fields(kind = %event.kind))]
    pub async fn count(&self, event: &LoyaltyEvent, points_per_euro: u32) -> Result<Change, Error> {
        let earned = i64::try_from(event.price / 100)?.saturating_mul(points_per_euro.into());
        let mut attempts = Attempts::default();
        loop {
            attempts.next().await?;
            let (kinds, points): (&[_], _) = match event.kind {
                Earning::Withdrawn => (&[Earning::Base, Earning::Bonus], 0),
                Earning::Base => (&[Earning::Base], earned),
                Earning::Bonus => (&[Earning::Bonus], earned),
            };
            let (mut delta, mut writes) = (0, Vec::new());
            for kind in kinds {
                let key = Key(format!("booking#{}", event.booking_id), kind.to_string());
                let award = match Row::<Award>::get(&self.0, key.clone()).await? {
                    // Counted, or withdrawn before it was counted.
                    Some(_) if event.kind != Earning::Withdrawn => continue,
                    Some(award) if award.content.points == 0 => continue,
                    Some(mut award) => {
                        delta -= award.content.points;
                        award.content.points = 0;
                        award
                    }
                    None => {
                        delta += points;
                        Row::new(
                            key,
                            Award {
                                traveller: event.traveller.clone(),
                                points,
                            },
                        )
                    }
                };
                writes.push(award.put()?);
            }
            if writes.is_empty() {
                return Ok(Change::None);
            }
            if delta != 0 {
                let key = account_key(&event.traveller);
                let account = Row::<Account>::get(&self.0, key.clone()).await?;
                let mut account = account.unwrap_or_else(|| Row::new(key, Account { points: 0 }));
                account.content.points += delta;
                writes.push(account.put()?);
            }
            if self.0.commit(writes).await? == Commit::Done {
                return Ok(Change::By(delta));
            }
        }
    }
}

fn account_key(traveller: &str) -> Key {
    Key(format!("traveller#{traveller}"), "account".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::booking::BookingId;
    use crate::table::MemoryTable;

    fn event(kind: Earning, booking: &str) -> LoyaltyEvent {
        LoyaltyEvent {
            kind,
            booking_id: BookingId::of("ann", booking),
            traveller: "ann".to_owned(),
            price: 12_950,
            trace: None,
        }
    }

    #[tokio::test]
    async fn each_earning_of_a_booking_is_counted_once() {
        let table = MemoryTable::default();
        let points = Points::new(table.clone());
        table.lose_answers(1);
        assert!(points.count(&event(Earning::Base, "1"), 2).await.is_err());
        assert_eq!(points.count(&event(Earning::Base, "1"), 2).await.unwrap(), Change::None);
        assert_eq!(
            points.count(&event(Earning::Bonus, "1"), 2).await.unwrap(),
            Change::By(258)
        );
        assert_eq!(
            points.count(&event(Earning::Base, "2"), 1).await.unwrap(),
            Change::By(129)
        );
        assert_eq!(points.of("ann").await.unwrap(), 2 * 258 + 129);
        assert_eq!(points.of("bob").await.unwrap(), 0);
    }

    #[tokio::test]
    async fn a_withdrawn_booking_earns_nothing_in_any_order_of_its_events() {
        let orders = [
            [Earning::Base, Earning::Bonus, Earning::Withdrawn],
            [Earning::Base, Earning::Withdrawn, Earning::Bonus],
            [Earning::Withdrawn, Earning::Bonus, Earning::Base],
        ];
        for order in orders {
            let points = Points::new(MemoryTable::default());
            for kind in order.into_iter().chain(order) {
                points.count(&event(kind, "1"), 3).await.unwrap();
            }
            assert_eq!(points.of("ann").await.unwrap(), 0, "{order:?}");
        }
    }

    #[tokio::test]
    async fn concurrent_events_of_one_account_are_all_counted() {
        let points = Points::new(MemoryTable::default());
        let counts = (0..5).map(|number| {
            let points = points.clone();
            tokio::spawn(async move {
                points
                    .count(&event(Earning::Base, &number.to_string()), 1)
                    .await
                    .unwrap()
            })
        });
        for count in counts.collect::<Vec<_>>() {
            assert_eq!(count.await.unwrap(), Change::By(129));
        }
        assert_eq!(points.of("ann").await.unwrap(), 5 * 129);
    }
}
