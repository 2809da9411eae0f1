//! The shopping cart: whether it keeps its promises, in all weathers.

mod contract;
mod crowd;
mod model;
mod poison;
mod redelivery;
mod runtime_api;
mod storm;
mod suite;
mod times;
mod tokens;
mod traces;
mod wait;

use std::cell::RefCell;

use anyhow::{Context, Result};

use suite::Suite;

use super::checks::{self, Check};
use super::page;
use crate::local_aws::{Faults, Reservation};
use crate::shopping_cart::Shop;
use crate::ui;

/// In this order: the earlier ones know what came before them.
const CHECKS: [Check<Suite>; 17] = [
    ("an anonymous cart is kept by a cookie that is safe", contract::cookies),
    ("what cannot be done is refused, and says why", contract::refusals),
    (
        "a purchase is done once, however often it is asked for",
        contract::a_purchase,
    ),
    ("pages of the shop, and no others, may call it", contract::cross_origin),
    (
        "only a token of the issuer, for us, in its time, is taken",
        tokens::verified,
    ),
    ("a key that is new is found", tokens::rotated),
    ("trouble of the product service is told", contract::product_service),
    ("each request has one trace with exactly its steps", traces::steps),
    ("32 shoppers at once see nothing of each other", crowd::shoppers),
    ("two devices that migrate at once lose nothing", crowd::devices),
    ("a poison message ends in the dead-letter queue alone", poison::message),
    ("1,000 operations under faults come to what the model has", |suite| {
        *suite.storm.borrow_mut() = Some(storm::weather(&suite.shop, &suite.faults)?);
        suite.after_storm(|storm, suite| storm.compare(&suite.shop))
    }),
    ("changes that are delivered again change nothing", redelivery::changes),
    ("removals that are delivered again change nothing", redelivery::removals),
    ("every request has one trace, and every edge its end", traces::all),
    (page::WHOLE, |suite| {
        let capture = suite.shop.capture()?;
        page::is_whole(&page::of(&capture, "shopping-cart")?, &capture)
    }),
    ("cold starts and warm overheads", times::print),
];

pub(super) fn run() -> Result<()> {
    let place = Reservation::new()?;
    let shop = Shop::open(false, &[("AWS_ENDPOINT_URL", place.endpoint()?)])?;
    let faults = Faults::start_at(place, &shop.deployment.aws)?;
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
