//! Checks the shopping cart, also under load and with injected faults.

mod contract;
mod crowd;
mod flags;
mod model;
mod poison;
mod redelivery;
mod runtime_api;
mod storm;
mod suite;
mod times;
mod tokens;
mod traces;

use std::cell::RefCell;

use anyhow::{Context, Result};

use suite::Suite;

use super::checks::{self, Check};
use super::page;
use crate::application::Traces;
use crate::local_aws::{Faults, Reservation};
use crate::shopping_cart::Shop;
use crate::ui;

/// The checks, in this order: the earlier ones rely on the state before them.
const CHECKS: [Check<Suite>; 19] = [
    ("a secure cookie keeps an anonymous cart", contract::cookies),
    ("invalid requests are rejected with a message", contract::refusals),
    (
        "a purchase takes effect once, however often it is requested",
        contract::a_purchase,
    ),
    ("only pages of the shop may call it", contract::cross_origin),
    (
        "only valid tokens of the issuer for this client are accepted",
        tokens::verified,
    ),
    ("a new key is found", tokens::rotated),
    (
        "failures of the product service are reported",
        contract::product_service,
    ),
    ("each request has one trace with exactly its steps", traces::steps),
    (
        "a flag in AppConfig decides on the order of the products",
        flags::decide,
    ),
    ("32 concurrent shoppers are isolated from each other", crowd::shoppers),
    ("two devices that migrate concurrently lose nothing", crowd::devices),
    (
        "concurrent duplicates of a checkout make one order, and one record",
        crowd::duplicates,
    ),
    ("only the poison message ends in the dead-letter queue", poison::message),
    (
        "1,000 operations under faults have the same result as the model",
        |suite| {
            *suite.storm.borrow_mut() = Some(storm::weather(&suite.shop, &suite.faults)?);
            suite.after_storm(|storm, suite| storm.compare(&suite.shop))
        },
    ),
    ("redelivered changes change nothing", redelivery::changes),
    ("redelivered removals change nothing", redelivery::removals),
    ("every request has one trace, and every edge has an end", traces::all),
    (page::WHOLE, |suite| {
        let capture = suite.shop.capture()?;
        page::is_whole(&page::of(&capture, "shopping-cart")?, &capture)
    }),
    ("cold starts and warm overheads", times::print),
];

pub(super) fn run() -> Result<()> {
    let place = Reservation::new()?;
    let shop = Shop::open(false, Traces::XRay, &[("AWS_ENDPOINT_URL", place.endpoint()?)])?;
    let faults = Faults::start_at(place, &shop.deployment.aws)?;
    storm::warm_up(&faults)?;
    let mut suite = Suite {
        shop,
        faults,
        storm: RefCell::default(),
        invocations: (0, 0),
    };
    suite.invocations = ui::task("Starting every function once", || suite.warm_up())?;
    let log = suite.shop.deployment.aws.log();
    checks::run(&suite, &CHECKS).with_context(|| format!("the log of MiniStack is {}", log.display()))
}
