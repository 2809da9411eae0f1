//! Checks that many concurrent shoppers are isolated from each other.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use powertools_telemetry::{Forest, Object, Segment};
use serde_json::Value;

use super::storm::contents;
use super::suite::Suite;
use crate::gateway;
use crate::json::text;
use crate::shopping_cart::{Call, Shop, Shopper, key};
use crate::test::end_to_end::wait::joined;
use crate::timeline;

const SHOPPERS: u64 = 32;

/// The duplicates of one request.
const DUPLICATES: u64 = 8;

/// The requests of one shopper, and the carts that their records may name.
struct Visit {
    segments: Vec<gateway::Segment>,
    carts: BTreeSet<String>,
}

/// All shoppers want the same products, each in a unique quantity: an answer with another quantity, or a record with another
/// cart, belongs to another shopper.
pub(super) fn shoppers(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let product = shop.products()?[0].clone();
    let visits = at_once(SHOPPERS, |number| visit(shop, &product, number))?;
    let cookies: BTreeSet<_> = visits.iter().flat_map(|visit| &visit.carts).collect();
    ensure!(cookies.len() == 2 * visits.len(), "two shoppers share a cart");

    let requests: usize = visits.iter().map(|visit| visit.segments.len()).sum();
    let telemetry = suite.telemetry_when(|telemetry| {
        let forest = Forest::of(&telemetry.segments);
        let handlers = visits
            .iter()
            .flat_map(|visit| &visit.segments)
            .filter(|segment| handler(&forest, segment).is_some());
        handlers.count() == requests
    })?;
    let forest = Forest::of(&telemetry.segments);
    let mut records: BTreeMap<&str, Vec<&Object>> = BTreeMap::new();
    for record in telemetry.records() {
        let trace = record.text("xray_trace_id").unwrap_or_default();
        records.entry(trace).or_default().push(record);
    }
    let mut missing = 0;
    for visit in &visits {
        for segment in &visit.segments {
            let handler = handler(&forest, segment).context("a request without a handler")?;
            let Some(of_request) = records.get(handler.trace_id()) else {
                missing += 1;
                continue;
            };
            let carts: BTreeSet<_> = of_request.iter().map(|record| text(&record["cart_id"])).collect();
            let own = carts.len() == 1 && carts.is_subset(&visit.carts);
            ensure!(own, "{carts:?} in the records of {:?}", visit.carts);
        }
    }
    // MiniStack reads a function's output only for a short time, which may not be enough on a busy machine; it reads
    // the rest at the environment's next invocation, if there is one.
    ensure!(
        missing < requests / 10,
        "{missing} of {requests} requests have no records"
    );
    Ok(())
}

fn handler<'a>(forest: &Forest<'a>, segment: &gateway::Segment) -> Option<&'a Segment> {
    timeline::below(forest, segment.trace_id(), segment.id())
        .first()
        .copied()
}

/// Runs this many visits concurrently.
fn at_once<T: Send>(count: u64, visit: impl Fn(u64) -> Result<T> + Sync) -> Result<Vec<T>> {
    std::thread::scope(|scope| {
        let visit = &visit;
        let threads: Vec<_> = (0..count).map(|number| scope.spawn(move || visit(number))).collect();
        threads.into_iter().map(joined).collect()
    })
}

/// Arrives, adds a product, signs in, and checks the cart after each step.
fn visit(shop: &Shop, product: &str, number: u64) -> Result<Visit> {
    let mine = 1_000 + 100 * number;
    let (mut shopper, subject) = (Shopper::default(), format!("crowd-{number}"));
    let mut segments = Vec::new();
    let mut make = |shopper: &mut Shopper, call: Call, quantity: u64| -> Result<Value> {
        let (answer, sent) = shopper.persist(shop, &call)?;
        segments.extend(sent);
        ensure!(answer.status == 200, "{call:?}: {} {}", answer.status, answer.body);
        let answer = answer.json()?;
        let found = match answer["quantity"].as_u64() {
            Some(quantity) => Some(quantity),
            None => contents(&answer)?.get(product).copied(),
        };
        ensure!(
            found.unwrap_or(0) == quantity,
            "{call:?}: {answer} instead of {quantity}"
        );
        Ok(answer)
    };
    let product = || product.to_owned();
    make(&mut shopper, Call::List, 0)?;
    let cookie = shopper.cookie.clone().context("no cookie")?;
    let add = Call::Add {
        product: product(),
        quantity: mine.try_into()?,
    };
    make(&mut shopper, add, mine)?;
    ensure!(shopper.cookie.as_ref() == Some(&cookie), "the cookie has changed");
    make(&mut shopper, Call::List, mine)?;
    let update = Call::Update {
        product: product(),
        quantity: mine + 1,
    };
    make(&mut shopper, update, mine + 1)?;
    shopper.token = Some(shop.identity.token(&subject)?);
    make(&mut shopper, Call::Migrate, mine + 1)?;
    make(&mut shopper, Call::List, mine + 1)?;
    make(&mut shopper, Call::Checkout, mine + 1)?;
    make(&mut shopper, Call::List, 0)?;
    Ok(Visit {
        segments,
        carts: [format!("cart#{cookie}"), format!("user#{subject}")].into(),
    })
}

/// Two devices of one shopper, each with its own cart, sign in concurrently.
pub(super) fn devices(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let products: Vec<_> = shop.products()?.into_iter().take(3).collect();
    at_once(2, |number| {
        let mut device = Shopper::default();
        for product in &products {
            let add = Call::Add {
                product: product.clone(),
                quantity: 1 + i64::try_from(number)?,
            };
            ensure!(device.persist(shop, &add)?.0.status == 200, "{add:?}");
        }
        device.token = Some(shop.identity.token("two-devices")?);
        // Migrating again changes nothing.
        for _ in 0..2 {
            let cookie = device.cookie.clone();
            ensure!(
                device.persist(shop, &Call::Migrate)?.0.status == 200,
                "the migration failed"
            );
            device.cookie = cookie;
        }
        Ok(())
    })?;
    let found = contents(
        &Shopper::signed_in(shop, "two-devices")?
            .call(shop, &Call::List)?
            .json()?,
    )?;
    ensure!(
        found == products.into_iter().map(|product| (product, 3)).collect(),
        "{found:?}"
    );
    Ok(())
}

/// Duplicates of a checkout come concurrently: one orders, and the others get its order.
pub(super) fn duplicates(suite: &Suite) -> Result<()> {
    const SUBJECT: &str = "duplicates";
    const PATIENCE: Duration = Duration::from_secs(30);
    let shop = &suite.shop;
    let product = shop.products()?[0].clone();
    let mut shopper = Shopper::signed_in(shop, SUBJECT)?;
    let add = Call::Add { product, quantity: 3 };
    ensure!(shopper.persist(shop, &add)?.0.status == 200, "{add:?}");
    let before = suite.shop.deployment.idempotency_records("checkout.order")?.len();

    let idempotency_key = key();
    let orders = at_once(DUPLICATES, |_| {
        let started = Instant::now();
        loop {
            let (_, answer) = shopper.clone().attempt(shop, &Call::Checkout, &idempotency_key)?;
            match answer.status {
                200 => return answer.json(),
                // Another one is in progress.
                503 if started.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(50)),
                status => bail!("{status} {}", answer.body),
            }
        }
    })?;
    ensure!(orders.iter().all(|order| *order == orders[0]), "{orders:?}");
    let (ordered, records) = (
        suite.orders(SUBJECT)?.len(),
        suite.shop.deployment.idempotency_records("checkout.order")?.len(),
    );
    ensure!(
        (ordered, records) == (1, before + 1),
        "{ordered} orders, and {before} records became {records}"
    );
    Ok(())
}
