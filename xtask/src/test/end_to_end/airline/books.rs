//! Compares seats, payments, points and sagas, as counted at the payment API, in the tables and by Step Functions.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::suite::{FLIGHT, Suite};

/// The bookings by id.
type Bookings = BTreeMap<String, BTreeMap<String, Value>>;

fn bookings(items: &[BTreeMap<String, Value>]) -> Result<Bookings> {
    let bookings = items.iter().filter(|item| item["sk"] == "booking").map(|item| {
        let id = item["id"].as_str().context("a booking has no id")?;
        Ok((id.to_owned(), item.clone()))
    });
    bookings.collect()
}

/// Each seat belongs to one confirmed booking for it, and each confirmed booking has its seat.
pub(super) fn seats(suite: &Suite) -> Result<()> {
    let items = suite.airline.items("BookingTableName")?;
    let bookings = bookings(&items)?;
    let requested: BTreeSet<_> = suite.after_storm(|storm| Ok(storm.requests.keys().cloned().collect()))?;
    let missing: Vec<_> = requested.iter().filter(|id| !bookings.contains_key(*id)).collect();
    ensure!(missing.is_empty(), "requested, but not in the table: {missing:?}");
    let taken = items.iter().filter(|item| text(item, "sk").starts_with("seat#"));
    let taken = taken.map(|item| (text(item, "booking"), (text(item, "pk"), text(item, "seat"))));
    let taken: BTreeMap<_, _> = taken.collect();
    let sold = bookings.iter().filter(|(_, booking)| booking["status"] == "confirmed");
    let sold = sold.map(|(id, booking)| {
        (
            id.as_str(),
            (format!("flight#{}", text(booking, "flight")), text(booking, "seat")),
        )
    });
    let sold: BTreeMap<_, _> = sold.collect();
    let differ = taken.len() != sold.len()
        || sold
            .iter()
            .any(|(id, (flight, seat))| taken.get(id).is_none_or(|found| found != &(flight.as_str(), *seat)));
    ensure!(!differ, "taken: {taken:#?}\nsold: {sold:#?}");
    let seats: BTreeSet<_> = sold.values().collect();
    ensure!(seats.len() == sold.len(), "a seat was sold twice: {sold:#?}");
    let flight = format!("flight#{FLIGHT}");
    let sold = sold.values().filter(|(sold_on, _)| *sold_on == flight).count();
    println!("{sold} of 50 seats sold, {} bookings", bookings.len());
    ensure!((40..=50).contains(&sold), "{sold} seats were sold");
    Ok(())
}

/// Each booking's card was charged once at most, and what was charged belongs to a confirmed booking or was refunded.
pub(super) fn payments(suite: &Suite) -> Result<()> {
    let bookings = bookings(&suite.airline.items("BookingTableName")?)?;
    let books = suite.airline.payments.books();
    ensure!(books.violations.is_empty(), "{:?}", books.violations);
    let charged: BTreeMap<_, _> = books.charges.iter().map(|(key, amount)| (key, *amount)).collect();
    let refunded: BTreeSet<_> = books.refunds.iter().collect();
    ensure!(
        charged.len() == books.charges.len(),
        "charged twice: {:?}",
        books.charges
    );
    ensure!(
        refunded.len() == books.refunds.len(),
        "refunded twice: {:?}",
        books.refunds
    );
    for (key, amount) in &charged {
        let booking = bookings
            .get(*key)
            .with_context(|| format!("{key} was charged without a booking"))?;
        ensure!(booking["price"] == *amount, "{booking:?} was charged {amount}");
        let is_sold = booking["status"] == "confirmed";
        ensure!(
            is_sold != refunded.contains(key),
            "charged, and refunded or not: {booking:?}"
        );
    }
    for (id, booking) in &bookings {
        ensure!(
            booking["status"] != "confirmed" || charged.contains_key(id),
            "sold without a payment: {booking:?}"
        );
    }
    println!("{} cards charged, {} of them refunded", charged.len(), refunded.len());
    ensure!(!refunded.is_empty(), "nothing was refunded");
    Ok(())
}

/// Each traveller has the points of the confirmed bookings: twice the euros, because the flight earns a bonus.
pub(super) fn points(suite: &Suite) -> Result<()> {
    let bookings = bookings(&suite.airline.items("BookingTableName")?)?;
    let mut expected = BTreeMap::<String, i64>::new();
    for booking in bookings.values().filter(|booking| booking["status"] == "confirmed") {
        let price = booking["price"].as_i64().context("a booking has no price")?;
        let factor = if booking["promotion"] == true { 2 } else { 1 };
        *expected.entry(text(booking, "traveller").to_owned()).or_default() += factor * (price / 100);
    }
    let items = suite.airline.items("LoyaltyTableName")?;
    let accounts = items.iter().filter(|item| item["sk"] == "account");
    let found = accounts.filter_map(|item| {
        let traveller = text(item, "pk").strip_prefix("traveller#")?.to_owned();
        Some((traveller, item["points"].as_i64()?)).filter(|(_, points)| *points != 0)
    });
    let found: BTreeMap<_, _> = found.collect();
    ensure!(found == expected, "points: {found:#?}\nexpected: {expected:#?}");
    println!("{} points in {} accounts", found.values().sum::<i64>(), found.len());
    Ok(())
}

/// Each saga ended by itself, except for those that were aborted, and none left a booking for a person.
pub(super) fn sagas(suite: &Suite) -> Result<()> {
    let executions = suite.airline.executions()?;
    let mut ends = BTreeMap::<&str, usize>::new();
    for execution in &executions {
        *ends.entry(&execution.status).or_default() += 1;
    }
    println!("{ends:?}");
    let bad: Vec<_> = executions
        .iter()
        .filter(|execution| execution.status != "SUCCEEDED" && execution.status != "ABORTED")
        .collect();
    ensure!(bad.is_empty(), "{bad:?}");
    let stuck = suite.airline.deployment.messages("StuckBookingsUrl")?;
    ensure!(stuck == 0, "{stuck} bookings are stuck");
    let started: BTreeSet<_> = executions.iter().map(|execution| execution.name.as_str()).collect();
    let bookings = bookings(&suite.airline.items("BookingTableName")?)?;
    let without: Vec<_> = bookings.keys().filter(|id| !started.contains(id.as_str())).collect();
    ensure!(without.is_empty(), "bookings without a saga: {without:?}");
    for booking in bookings.values() {
        let status = &booking["status"];
        ensure!(status == "confirmed" || status == "cancelled", "not ended: {booking:?}");
    }
    Ok(())
}

/// Each step of a sold booking, and its points, went through the idempotency table.
pub(super) fn records(suite: &Suite) -> Result<()> {
    let bookings = bookings(&suite.airline.items("BookingTableName")?)?;
    let sold = bookings.values().filter(|booking| booking["status"] == "confirmed");
    let sold = sold.count();
    for work in ["reservation.reserve", "payment.collect", "loyalty.points"] {
        let records = suite.airline.deployment.idempotency_records(work)?;
        let completed = records.iter().filter(|record| record["status"]["S"] == "COMPLETED");
        let completed = completed.count();
        println!("{completed} records of {work}");
        ensure!(completed >= sold, "{completed} records of {work}, {sold} seats sold");
    }
    Ok(())
}

fn text<'a>(item: &'a BTreeMap<String, Value>, name: &str) -> &'a str {
    item.get(name).and_then(Value::as_str).unwrap_or_default()
}
