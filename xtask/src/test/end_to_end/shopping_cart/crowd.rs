//! Many at once.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Result, ensure};

use super::Suite;
use super::contract::ordinary;
use super::model::Contents;
use super::storm::contents;
use crate::shopping_cart::{Call, Shopper};
use crate::telemetry::text;

const SHOPPERS: i64 = 32;
const ROUNDS: i64 = 3;

/// Each has a quantity that nobody else has, and finds nothing but it, in the answers and in the logs.
pub(super) fn shoppers(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let product = &ordinary(shop)?;
    let shopping = |number: i64| -> Result<Vec<String>> {
        let mut shopper = Shopper::signed_in(shop, &format!("crowd-{number}"))?;
        let mut traces = Vec::new();
        for round in 1..=ROUNDS {
            let add = Call::Add {
                product: product.clone(),
                quantity: 1_000 + number,
            };
            for call in [add, Call::List] {
                let (answer, segments) = shopper.persist(shop, &call)?;
                ensure!(
                    answer.status == 200,
                    "shopper {number}: {} {}",
                    answer.status,
                    answer.body
                );
                let cookie = answer.header("set-cookie").is_some();
                ensure!(!cookie, "shopper {number} is signed in, and gets a cookie");
                traces.extend(segments.iter().map(|segment| segment.trace_id().to_owned()));
                if call == Call::List {
                    let own = Contents::from([(product.clone(), (round * (1_000 + number)).unsigned_abs())]);
                    let found = contents(&answer.json()?)?;
                    ensure!(found == own, "shopper {number} sees {found:?} instead of {own:?}");
                }
            }
        }
        Ok(traces)
    };
    let traces = std::thread::scope(|scope| {
        let shopping = &shopping;
        let threads: Vec<_> = (0..SHOPPERS)
            .map(|number| scope.spawn(move || shopping(number)))
            .collect();
        let done = threads
            .into_iter()
            .map(|thread| thread.join().expect("a shopper panicked"));
        done.collect::<Result<Vec<_>>>()
    })?;

    // The records of a request name the cart of its shopper, and no other.
    let telemetry = shop.capture()?.read();
    let mut carts = BTreeMap::<String, BTreeSet<String>>::new();
    let handlers = telemetry.subsegments.iter().filter(|step| step["links"].is_array());
    let led_by: BTreeMap<_, _> = handlers
        .flat_map(|handler| {
            let links = handler["links"].as_array().into_iter().flatten();
            links.map(|link| (text(&link["trace_id"]), text(&handler["trace_id"])))
        })
        .collect();
    for record in &telemetry.records {
        if let Some(cart) = record["cart_id"].as_str() {
            carts
                .entry(text(&record["xray_trace_id"]))
                .or_default()
                .insert(cart.to_owned());
        }
    }
    for (number, traces) in traces.iter().enumerate() {
        let named: BTreeSet<_> = traces
            .iter()
            .filter_map(|trace| carts.get(led_by.get(trace).unwrap_or(trace)))
            .flatten()
            .collect();
        let own = format!("user#crowd-{number}");
        ensure!(
            named.iter().eq([&&own]),
            "the records of shopper {number} name {named:?}"
        );
    }
    Ok(())
}

/// Two devices of somebody have the same anonymous cart, and sign in at the same moment.
pub(super) fn devices(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let products: Vec<_> = shop
        .products()?
        .into_iter()
        .filter(|id| id != "broken")
        .take(4)
        .collect();
    let mut stranger = Shopper::default();
    ensure!(
        stranger.call(shop, &Call::List)?.status == 200,
        "no cart for a stranger"
    );
    for product in &products {
        let add = Call::Add {
            product: product.clone(),
            quantity: 5,
        };
        ensure!(stranger.call(shop, &add)?.status == 200, "{product} is not taken");
    }
    let token = shop.identity.token("devices")?;
    let device = || Shopper {
        token: Some(token.clone()),
        ..stranger.clone()
    };
    std::thread::scope(|scope| {
        let migrate = || device().persist(shop, &Call::Migrate);
        let threads = [scope.spawn(migrate), scope.spawn(migrate)];
        threads.into_iter().try_for_each(|thread| {
            let (answer, _) = thread.join().expect("a device panicked")?;
            ensure!(answer.status == 200, "{} {}", answer.status, answer.body);
            Ok(())
        })
    })?;
    let found = contents(&device().call(shop, &Call::List)?.json()?)?;
    let expected: Contents = products.into_iter().map(|product| (product, 5)).collect();
    ensure!(found == expected, "{found:?} instead of {expected:?}");
    Ok(())
}
