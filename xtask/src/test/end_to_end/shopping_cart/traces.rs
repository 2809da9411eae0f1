//! The traces of requests: each with all of its steps, and none of another.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Suite;
use crate::forest::{self, Forest, is_handler, is_segment, mark};
use crate::shopping_cart::{Call, Shopper};
use crate::telemetry::{Telemetry, text};
use crate::test::end_to_end::xray_schema::XRaySchema;

const LIST: &str = "list-cart
  ## list
    DynamoDB Query CART 200
";
const ADD: &str = "add-to-cart
  ## find
    127.0.0.1 GET 200
      get-product
  ## add
    DynamoDB GetItem CART 200
    DynamoDB TransactWriteItems CART 200
";
const UPDATE: &str = "update-cart
  ## set
    DynamoDB GetItem CART 200
    DynamoDB TransactWriteItems CART 200
";
const MIGRATE: &str = "migrate-cart
  ## migrate
    DynamoDB Query CART 200
    DynamoDB GetItem CART 200
    DynamoDB GetItem CART 200
    DynamoDB TransactWriteItems CART 200
  ## send
    SQS SendMessageBatch QUEUE 200
    delete-worker
      ## record
        ## remove_emptied
          DynamoDB GetItem CART 200
          DynamoDB TransactWriteItems CART 200
  ## list
    DynamoDB Query CART 200
";
const CHECKOUT: &str = "checkout
  ## check_out
    DynamoDB Query CART 200
    DynamoDB TransactWriteItems CART 200
";
const TOTAL: &str = "cart-total
  ## of
    DynamoDB GetItem TOTALS 200
";
const BROKEN: &str = "add-to-cart fault
  ## find fault
    127.0.0.1 GET 500 fault
      get-product fault
";

/// One of each call; one step more is as wrong as one less.
pub(super) fn steps(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let product = shop.products()?[0].clone();
    let add = |product: &str| Call::Add {
        product: product.to_owned(),
        quantity: 2,
    };
    let update = Call::Update {
        product: product.clone(),
        quantity: 1,
    };
    let token = Some(shop.identity.token("traces")?);
    let calls = [
        (Call::List, LIST),
        (add(&product), ADD),
        (update, UPDATE),
        (Call::Migrate, MIGRATE),
        (Call::Checkout, CHECKOUT),
        (Call::Total { product }, TOTAL),
        (add("broken"), BROKEN),
    ];
    let mut shopper = Shopper::default();
    let mut expected = Vec::new();
    for (call, tree) in calls {
        if call == Call::Migrate {
            shopper.token.clone_from(&token);
        }
        let (segment, _) = shopper.once(shop, &call)?;
        expected.push((segment.id().to_owned(), tree));
    }
    let telemetry = suite.telemetry_when(|telemetry| {
        let forest = Forest::of(telemetry);
        expected.iter().all(|(id, tree)| drawn(&forest, id) == *tree)
    })?;
    let forest = Forest::of(&telemetry);
    for (id, tree) in expected {
        let found = drawn(&forest, &id);
        ensure!(found == tree, "expected\n{tree}found\n{found}");
    }
    Ok(())
}

/// Returns the tree below the segment as indented text; CloudFormation makes up the names of tables and queues.
fn drawn(forest: &Forest<'_>, segment: &str) -> String {
    let mut text = String::new();
    for handler in forest.below_id(segment) {
        for line in forest.timeline(handler) {
            text.push_str(&"  ".repeat(line.depth));
            let name = if is_handler(line.subsegment) {
                forest.function(line.subsegment)
            } else {
                line.subsegment["name"].as_str().unwrap_or_default()
            };
            text.push_str(name);
            for word in forest::call(line.subsegment)
                .split_whitespace()
                .chain(mark(line.subsegment))
            {
                text.push(' ');
                text.push_str(match word {
                    table if table.contains("-CartTable-") => "CART",
                    table if table.contains("-TotalsTable-") => "TOTALS",
                    queue if queue.contains("-RemovalQueue-") => "QUEUE",
                    other => other,
                });
            }
            text.push('\n');
        }
    }
    text
}

/// Everything that was sent in the whole run, whatever the weather.
pub(super) fn all(suite: &Suite) -> Result<()> {
    let telemetry = suite.telemetry_when(|telemetry| complete(telemetry, suite.invocations).is_ok())?;
    complete(&telemetry, suite.invocations)?;
    ensure!(
        telemetry.unknown.is_empty(),
        "lines and datagrams that are none of ours: {:?}",
        telemetry.unknown
    );
    let schema = XRaySchema::read()?;
    telemetry
        .subsegments
        .iter()
        .try_for_each(|document| schema.check(document))?;
    println!("{} documents", telemetry.subsegments.len());
    Ok(())
}

fn complete(telemetry: &Telemetry, before: (usize, usize)) -> Result<()> {
    let forest = Forest::of(telemetry);
    let documents = &telemetry.subsegments;
    let ids: BTreeSet<_> = documents.iter().map(|document| text(&document["id"])).collect();
    ensure!(
        ids.len() == documents.len(),
        "{} ids in {} documents",
        ids.len(),
        documents.len()
    );

    // Each request leads to one handler of one function, and each call of the product service, too.
    for segment in documents
        .iter()
        .filter(|document| is_segment(document) || document["namespace"] == "remote")
    {
        let below = forest.below(segment);
        let whole = below.len() == 1 && is_handler(below[0]);
        ensure!(whole, "{} led to {} handlers: {below:?}", segment, below.len());
    }
    // Each trace is one tree: one handler, and everything else below something that is there.
    let mut traces: BTreeMap<String, Vec<&Value>> = telemetry.traces();
    traces.retain(|_, documents| !is_segment(documents[0]));
    for (trace, documents) in &traces {
        let handlers = documents.iter().filter(|document| is_handler(document)).count();
        ensure!(handlers == 1, "{handlers} handlers in {trace}");
        let own: BTreeSet<_> = documents.iter().map(|document| &document["id"]).map(text).collect();
        let lost = documents
            .iter()
            .find(|document| !is_handler(document) && !own.contains(&text(&document["parent_id"])));
        ensure!(lost.is_none(), "its parent is missing: {lost:?}");
    }
    // Nothing links to what is not there.
    let links = documents
        .iter()
        .flat_map(|document| document["links"].as_array().into_iter().flatten());
    for link in links {
        ensure!(ids.contains(&text(&link["id"])), "a link to what is not there: {link}");
    }
    // Every invocation that Lambda reports has its trace.
    let (invocations, recorded) = (telemetry.reports - before.0, traces.len() - before.1);
    ensure!(
        invocations == recorded,
        "{recorded} traces of {invocations} invocations"
    );
    // Every message was taken by a worker.
    let mut sends = documents
        .iter()
        .filter(|document| document["aws"]["operation"] == "SendMessageBatch" && mark(document).is_none());
    let unread = sends.find(|send| {
        let parent = text(&send["parent_id"]);
        !forest.below_id(&parent).iter().any(|below| is_handler(below))
    });
    ensure!(unread.is_none(), "nobody took what was sent: {unread:?}");
    documents
        .iter()
        .find(|document| is_segment(document))
        .context("there were no requests")?;
    Ok(())
}
