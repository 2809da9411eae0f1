//! The demo's tour of the shopping cart: two shoppers, and several failures.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use powertools_telemetry::{Capture, Forest};
use serde_json::json;

use super::{Call, Shop, Shopper};
use crate::application::Traces;
use crate::exchange::Exchange;
use crate::timeline::is_handler;
use crate::ui;

/// A message that the worker cannot decode.
const POISON: &str = "no removal at all";

/// The deployed application with its exchanges.
pub(crate) struct Tour {
    pub(crate) shop: Shop,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) capture: Capture,
}

impl Tour {
    /// Builds the functions, deploys them to a local AWS, makes the calls of the tour, and collects the telemetry.
    pub(crate) fn run(release: bool, traces: Traces) -> Result<Self> {
        let shop = Shop::open(release, traces, &[])?;
        let exchanges = ui::task(
            "Shopping: two shoppers, a migration, a checkout, a poison message, failures",
            || shopping(&shop),
        )?;
        ui::task("Waiting until the poison message is in the dead-letter queue", || {
            settle(&shop)
        })?;
        let capture = shop.capture()?;
        Ok(Self {
            shop,
            exchanges,
            capture,
        })
    }
}

fn shopping(shop: &Shop) -> Result<Vec<Exchange>> {
    let (first, second) = two_products(shop)?;
    let add = |product: &str, quantity| Call::Add {
        product: product.to_owned(),
        quantity,
    };
    let mut exchanges = Vec::new();
    let mut make = |title, shopper: &mut Shopper, call: Call, expected| -> Result<()> {
        let answer = shopper.call(shop, &call)?;
        exchanges.push(Exchange {
            title,
            request: format!("{} {} {}", call.method(), call.path(), call.body())
                .trim_end()
                .to_owned(),
            expected,
            status: answer.status,
            answer: answer.body,
        });
        Ok(())
    };
    let mut ann = Shopper::default();
    make("Ann arrives, not signed in", &mut ann, Call::List, 200)?;
    make("she adds two of a product", &mut ann, add(&first, 2), 200)?;
    make("and one of another product", &mut ann, add(&second, 1), 200)?;
    let mut bob = Shopper::signed_in(shop, "bob")?;
    make("Bob is signed in", &mut bob, add(&first, 1), 200)?;
    let fewer = Call::Update {
        product: first.clone(),
        quantity: 1,
    };
    make("Ann removes one", &mut ann, fewer, 200)?;
    ann.token = Some(shop.identity.token("ann")?);
    make("she signs in and keeps her cart", &mut ann, Call::Migrate, 200)?;
    make("Bob buys", &mut bob, Call::Checkout, 200)?;
    make("the product service is slow", &mut ann, add("slow", 1), 200)?;
    make("the product service fails", &mut ann, add("broken", 1), 502)?;
    make("an unknown product", &mut ann, add("no-such-product", 1), 404)?;
    ann.token = Some("not.a.token".to_owned());
    make("a token without a valid signature", &mut ann, Call::List, 401)?;
    poison(shop)?;
    ann.token = Some(shop.identity.token("ann")?);
    make("Ann's cart", &mut ann, Call::List, 200)?;
    make(
        "the total of a product in all carts",
        &mut ann,
        Call::Total { product: first },
        200,
    )?;
    Ok(exchanges)
}

/// Returns the ids of the first two products in the list of the product service.
fn two_products(shop: &Shop) -> Result<(String, String)> {
    let products = shop.products()?;
    let mut ordinary = products.into_iter().filter(|id| id != "slow" && id != "broken");
    let two = ordinary.next().zip(ordinary.next());
    two.context("the product service lists fewer than two products")
}

fn poison(shop: &Shop) -> Result<()> {
    let queue = shop.deployment.output("RemovalQueueUrl")?;
    let message = json!({ "QueueUrl": queue, "MessageBody": POISON });
    shop.deployment
        .client()
        .json("sqs", "AmazonSQS.SendMessage", &message)?;
    Ok(())
}

/// Waits until the poison is in the dead-letter queue and the handlers of all requests have sent their traces, or a
/// timeout passes.
fn settle(shop: &Shop) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(45);
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(250));
        if shop.deployment.messages("RemovalDeadLetterQueueUrl")? == 0
            || shop.deployment.messages("RemovalQueueUrl")? > 0
        {
            continue;
        }
        let telemetry = shop.capture()?.read();
        let forest = Forest::of(&telemetry.segments);
        let nodes = forest.nodes();
        let is_answered = |at: usize| forest.below(at).iter().any(|below| is_handler(nodes[*below].segment));
        if (0..nodes.len()).all(|at| !nodes[at].segment.is_segment() || is_answered(at)) {
            return Ok(());
        }
    }
    Ok(())
}
