//! The shopping cart: two shoppers, and what can go wrong.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::{leave_running, show};
use crate::exchange::Exchange;
use crate::service_graph::{Forest, is_handler, is_segment};
use crate::shopping_cart::{Call, Shop, Shopper};
use crate::ui;

/// A message that the worker cannot read.
const POISON: &str = "no removal at all";

pub(super) fn run(keep: bool, release: bool) -> Result<()> {
    let shop = Shop::open(release, &[])?;
    let exchanges = ui::task(
        "Shopping: two shoppers, a migration, a checkout, a poison message, failures",
        || shopping(&shop),
    )?;
    ui::task("Waiting until the poison message is given up", || settle(&shop))?;
    show(&exchanges, &shop.capture()?)?;
    for exchange in &exchanges {
        let Exchange {
            title,
            status,
            expected,
            ..
        } = exchange;
        ensure!(
            status == expected,
            "{title}: {expected} was expected, {status} came: {}",
            exchange.answer
        );
    }
    if keep {
        let endpoint = shop.deployment.client().endpoint().to_owned();
        let api = format!("{endpoint}/{}", shop.cart);
        let commands = [
            ("cart:", format!("curl -i {api}/cart -d '{{\"productId\":\"slow\"}}'")),
            (
                "sign in:",
                format!(
                    "curl -i {api}/cart -H 'Authorization: Bearer {}'",
                    shop.identity.token("you")?
                ),
            ),
            ("logs:", super::tail(&endpoint, "add-to-cart")),
        ];
        leave_running(shop.deployment.aws, &commands);
    }
    Ok(())
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
    make("Ann comes, nobody knows her", &mut ann, Call::List, 200)?;
    make("she takes two", &mut ann, add(&first, 2), 200)?;
    make("and another", &mut ann, add(&second, 1), 200)?;
    let mut bob = Shopper::signed_in(shop, "bob")?;
    make("Bob is signed in", &mut bob, add(&first, 1), 200)?;
    let fewer = Call::Update {
        product: first.clone(),
        quantity: 1,
    };
    make("Ann takes one less", &mut ann, fewer, 200)?;
    ann.token = Some(shop.identity.token("ann")?);
    make(
        "she signs in, and her cart comes with her",
        &mut ann,
        Call::Migrate,
        200,
    )?;
    make("Bob buys", &mut bob, Call::Checkout, 200)?;
    make("the product service is slow", &mut ann, add("slow", 1), 200)?;
    make("the product service fails", &mut ann, add("broken", 1), 502)?;
    make("there is no such product", &mut ann, add("no-such-product", 1), 404)?;
    ann.token = Some("not.a.token".to_owned());
    make("a token that nobody signed", &mut ann, Call::List, 401)?;
    poison(shop)?;
    ann.token = Some(shop.identity.token("ann")?);
    make("what Ann has", &mut ann, Call::List, 200)?;
    make("how many are in carts", &mut ann, Call::Total { product: first }, 200)?;
    Ok(exchanges)
}

/// Returns the ids of the first two products that the product service lists.
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

/// Waits until the poison is in the dead-letter queue and every request's handler has told of itself, a while at most.
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
        let forest = Forest::of(&telemetry);
        let segments = telemetry.subsegments.iter().filter(|document| is_segment(document));
        if segments
            .into_iter()
            .all(|segment| forest.below(segment).iter().any(|below| is_handler(below)))
        {
            return Ok(());
        }
    }
    Ok(())
}
