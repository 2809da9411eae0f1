//! [`Bookings`]: the bookings, the seats that they have, and those that are pending.

use lambda_runtime::Error;
use serde::{Deserialize, Serialize};
use tracing::instrument;

use super::{Booking, BookingId, Refusal, Status};
use crate::catalogue::Seat;
use crate::table::{Attempts, Commit, Key, Row, Table, Write};

/// The bookings in a table. Each change is one transaction, and has no effect if it is repeated.
#[derive(Clone, Debug)]
pub struct Bookings<T>(T);

/// The outcome of a request for a booking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Created {
    /// The booking, which this or an earlier request has made.
    Booking(Booking),
    /// The idempotency key was used for another request.
    KeyReused,
}

/// A seat that belongs to a booking.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Taken {
    seat: Seat,
    booking: BookingId,
}

/// A booking that is neither confirmed nor cancelled, sorted by when it expires.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Pending {
    booking: BookingId,
}

/// Whether a change needs the row of the booking's seat.
#[derive(Clone, Copy)]
enum Seats {
    Read,
    Leave,
}

/// Greater than every sort key.
const END: &str = "~";

impl<T: Table> Bookings<T> {
    /// Creates the bookings of a table.
    pub fn new(table: T) -> Self {
        Self(table)
    }

    /// Creates a booking, or returns the one that an earlier request has made.
    ///
    /// # Errors
    ///
    /// If the table cannot be used.
    #[instrument(skip_all)]
    pub async fn create(&self, booking: Booking) -> Result<Created, Error> {
        let mut attempts = Attempts::default();
        loop {
            attempts.next().await?;
            if let Some(existing) = self.row(&booking.id).await? {
                return Ok(if existing.content.is_requested_as(&booking) {
                    Created::Booking(existing.content)
                } else {
                    Created::KeyReused
                });
            }
            let row = Row::new(key_of(&booking.id), booking.clone());
            let pending = Row::new(
                pending_key(&booking),
                Pending {
                    booking: booking.id.clone(),
                },
            );
            if self.0.commit(vec![row.put()?, pending.put()?]).await? == Commit::Done {
                return Ok(Created::Booking(booking));
            }
        }
    }

    /// Returns a booking.
    ///
    /// # Errors
    ///
    /// If the table cannot be read.
    #[instrument(skip_all)]
    pub async fn find(&self, id: &BookingId) -> Result<Option<Booking>, Error> {
        Ok(self.row(id).await?.map(|row| row.content))
    }

    /// Returns the seats of a flight that are taken.
    ///
    /// # Errors
    ///
    /// If the table cannot be read.
    #[instrument(skip_all)]
    pub async fn taken(&self, flight: &str) -> Result<Vec<Seat>, Error> {
        let items = self.0.query(&partition_of(flight), END).await?;
        let seats = items
            .into_iter()
            .map(|item| Ok(Row::<Taken>::from_item(item)?.content.seat));
        seats.collect()
    }

    /// Reserves the seat. If another booking has it, this one is being undone.
    ///
    /// # Errors
    ///
    /// If the table cannot be used, or the booking does not exist.
    pub async fn hold(&self, id: &BookingId) -> Result<Booking, Error> {
        self.change(id, Seats::Read, |booking, seat| {
            if booking.status != Status::Requested {
                return Ok(vec![]);
            }
            if seat.is_some() {
                booking.undo(Refusal::SeatTaken);
                return Ok(vec![]);
            }
            booking.advance(Status::Requested, Status::Held);
            let mine = Taken {
                seat: booking.seat,
                booking: id.clone(),
            };
            Ok(vec![Row::new(seat_key(booking), mine).put()?])
        })
        .await
    }

    /// Notes that the payment was collected.
    ///
    /// # Errors
    ///
    /// As [`hold`](Self::hold).
    pub async fn pay(&self, id: &BookingId) -> Result<Booking, Error> {
        self.change(id, Seats::Leave, |booking, _| {
            booking.advance(Status::Held, Status::Paid);
            Ok(vec![])
        })
        .await
    }

    /// Sells the seat. From now on, the booking does not expire.
    ///
    /// # Errors
    ///
    /// As [`hold`](Self::hold).
    pub async fn confirm(&self, id: &BookingId) -> Result<Booking, Error> {
        self.change(id, Seats::Leave, |booking, _| {
            let is_confirmed = booking.advance(Status::Paid, Status::Confirmed);
            Ok(is_confirmed
                .then(|| Write::Remove(pending_key(booking)))
                .into_iter()
                .collect())
        })
        .await
    }

    /// Begins to undo a booking: no later step forward is taken.
    ///
    /// # Errors
    ///
    /// As [`hold`](Self::hold).
    pub async fn undo(&self, id: &BookingId, reason: Refusal) -> Result<Booking, Error> {
        self.change(id, Seats::Leave, |booking, _| {
            booking.undo(reason);
            Ok(vec![])
        })
        .await
    }

    /// Ends a booking that is being undone, and releases its seat.
    ///
    /// # Errors
    ///
    /// As [`hold`](Self::hold), and if the booking is confirmed.
    pub async fn release(&self, id: &BookingId) -> Result<Booking, Error> {
        self.change(id, Seats::Read, |booking, seat| {
            if !booking.cancel() {
                return Err("a confirmed booking is not released before it is being undone".into());
            }
            let mine = seat.filter(|seat| seat.content.booking == *id);
            let released = mine.map(|seat| seat.delete());
            Ok(released
                .into_iter()
                .chain([Write::Remove(pending_key(booking))])
                .collect())
        })
        .await
    }

    /// Returns the bookings that should have been confirmed or cancelled by now, each of them being undone.
    ///
    /// # Errors
    ///
    /// If the table cannot be used.
    #[instrument(skip_all)]
    pub async fn expire(&self, now: u64) -> Result<Vec<Booking>, Error> {
        let mut expired = Vec::new();
        for item in self.0.query(PENDING, &format!("{now:012}")).await? {
            let pending = Row::<Pending>::from_item(item)?.content;
            let booking = self.change(&pending.booking, Seats::Leave, |booking, _| {
                // It may have been confirmed since the query.
                if booking.status != Status::Confirmed {
                    booking.undo(Refusal::Expired);
                }
                Ok(vec![])
            });
            let booking = booking.await?;
            if booking.status == Status::Undoing {
                expired.push(booking);
            }
        }
        Ok(expired)
    }

    /// Reads a booking and, if needed, its seat, changes them, and writes them, until no other change came between. Writes nothing if the
    /// booking stays as it is.
    async fn change(
        &self,
        id: &BookingId,
        seats: Seats,
        change: impl Fn(&mut Booking, Option<Row<Taken>>) -> Result<Vec<Write>, Error> + Send + Sync,
    ) -> Result<Booking, Error> {
        let mut attempts = Attempts::default();
        loop {
            attempts.next().await?;
            let row = self.row(id).await?;
            let mut row = row.ok_or_else(|| format!("there is no booking {id}"))?;
            let before = row.content.clone();
            let seat = match seats {
                Seats::Read => Row::<Taken>::get(&self.0, seat_key(&before)).await?,
                Seats::Leave => None,
            };
            let mut writes = change(&mut row.content, seat)?;
            if row.content == before {
                return Ok(before);
            }
            writes.push(row.put()?);
            if self.0.commit(writes).await? == Commit::Done {
                return Ok(row.content);
            }
        }
    }

    async fn row(&self, id: &BookingId) -> Result<Option<Row<Booking>>, Error> {
        Row::get(&self.0, key_of(id)).await
    }
}

const PENDING: &str = "pending";

fn key_of(id: &BookingId) -> Key {
    Key(format!("booking#{id}"), "booking".to_owned())
}

fn partition_of(flight: &str) -> String {
    format!("flight#{flight}")
}

fn seat_key(booking: &Booking) -> Key {
    Key(partition_of(&booking.flight), format!("seat#{}", booking.seat))
}

fn pending_key(booking: &Booking) -> Key {
    Key(PENDING.to_owned(), format!("{:012}#{}", booking.expires_at, booking.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::MemoryTable;

    fn booking(traveller: &str) -> Booking {
        Booking {
            id: BookingId::of(traveller, "1"),
            traveller: traveller.to_owned(),
            contact: format!("{traveller}@example.com"),
            flight: "RS101".to_owned(),
            seat: "1A".parse().unwrap(),
            price: 12_900,
            payment_token: "tok_visa".to_owned(),
            promotion: false,
            expires_at: 900,
            status: Status::Requested,
            reason: None,
        }
    }

    async fn bookings(travellers: &[&str]) -> (MemoryTable, Bookings<MemoryTable>, Vec<BookingId>) {
        let table = MemoryTable::default();
        let bookings = Bookings::new(table.clone());
        let mut ids = Vec::new();
        for traveller in travellers {
            let created = bookings.create(booking(traveller)).await.unwrap();
            assert_eq!(created, Created::Booking(booking(traveller)));
            ids.push(BookingId::of(traveller, "1"));
        }
        (table, bookings, ids)
    }

    #[tokio::test]
    async fn a_repeated_request_finds_its_booking_and_another_one_does_not() {
        let (_, bookings, ids) = bookings(&["ann"]).await;
        let held = bookings.hold(&ids[0]).await.unwrap();
        let repeated = Booking {
            promotion: true,
            expires_at: 9_999,
            ..booking("ann")
        };
        assert_eq!(bookings.create(repeated).await.unwrap(), Created::Booking(held));
        let other = Booking {
            seat: "9E".parse().unwrap(),
            ..booking("ann")
        };
        assert_eq!(bookings.create(other).await.unwrap(), Created::KeyReused);
    }

    #[tokio::test]
    async fn of_many_at_once_one_gets_the_seat() {
        let travellers = ["ann", "bob", "cid", "dee", "eve"];
        let (_, bookings, ids) = bookings(&travellers).await;
        let holds = ids.iter().cloned().map(|id| {
            let bookings = bookings.clone();
            tokio::spawn(async move { bookings.hold(&id).await.unwrap() })
        });
        let mut held = 0;
        for hold in holds.collect::<Vec<_>>() {
            let booking = hold.await.unwrap();
            if booking.status == Status::Held {
                held += 1;
            } else {
                assert_eq!(booking.reason, Some(Refusal::SeatTaken));
            }
        }
        assert_eq!(held, 1);
        assert_eq!(bookings.taken("RS101").await.unwrap(), ["1A".parse().unwrap()]);
        assert_eq!(bookings.taken("RS200").await.unwrap(), []);
    }

    #[tokio::test]
    async fn steps_whose_answers_were_lost_are_repeated_without_an_effect() {
        let (table, bookings, ids) = bookings(&["ann"]).await;
        for (step, status) in [
            ("hold", Status::Held),
            ("pay", Status::Paid),
            ("confirm", Status::Confirmed),
        ] {
            table.lose_answers(1);
            for repetition in 0..3 {
                let result = match step {
                    "hold" => bookings.hold(&ids[0]).await,
                    "pay" => bookings.pay(&ids[0]).await,
                    _ => bookings.confirm(&ids[0]).await,
                };
                assert_eq!(result.is_err(), repetition == 0, "{step}");
                assert_eq!(bookings.find(&ids[0]).await.unwrap().unwrap().status, status);
            }
        }
        assert_eq!(
            table.keys().len(),
            2,
            "the booking and its seat; it is no longer pending"
        );
    }

    #[tokio::test]
    async fn an_undone_booking_leaves_nothing_and_the_seat_of_another_one_stays() {
        let (table, bookings, ids) = bookings(&["ann", "bob"]).await;
        bookings.hold(&ids[0]).await.unwrap();
        bookings.hold(&ids[1]).await.unwrap();
        let released = bookings.release(&ids[1]).await.unwrap();
        assert_eq!(
            (released.status, released.reason),
            (Status::Cancelled, Some(Refusal::SeatTaken))
        );
        assert_eq!(bookings.taken("RS101").await.unwrap().len(), 1, "the seat is ann's");

        bookings.undo(&ids[0], Refusal::PaymentDeclined).await.unwrap();
        bookings.release(&ids[0]).await.unwrap();
        assert_eq!(bookings.taken("RS101").await.unwrap(), []);
        assert_eq!(table.keys().len(), 2, "the two bookings");
    }

    #[tokio::test]
    async fn a_late_step_forward_has_no_effect_on_an_undone_booking() {
        let (_, bookings, ids) = bookings(&["ann"]).await;
        bookings.undo(&ids[0], Refusal::Expired).await.unwrap();
        for booking in [
            bookings.hold(&ids[0]).await.unwrap(),
            bookings.pay(&ids[0]).await.unwrap(),
            bookings.confirm(&ids[0]).await.unwrap(),
        ] {
            assert_eq!(booking.status, Status::Undoing);
        }
        assert_eq!(bookings.taken("RS101").await.unwrap(), []);
    }

    #[tokio::test]
    async fn only_what_is_pending_expires() {
        let (_, bookings, ids) = bookings(&["ann", "bob"]).await;
        bookings.hold(&ids[0]).await.unwrap();
        bookings.pay(&ids[0]).await.unwrap();
        assert_eq!(bookings.expire(900).await.unwrap(), [], "not yet");
        bookings.confirm(&ids[0]).await.unwrap();
        for _ in 0..2 {
            let expired = bookings.expire(901).await.unwrap();
            let expired: Vec<_> = expired.iter().map(|booking| (&booking.id, booking.reason)).collect();
            assert_eq!(expired, [(&ids[1], Some(Refusal::Expired))], "until it is released");
        }
        bookings.release(&ids[1]).await.unwrap();
        assert_eq!(bookings.expire(901).await.unwrap(), []);
        assert!(bookings.release(&ids[0]).await.is_err(), "it is confirmed");
    }
}
