//! What the traces say of the requests.

use std::collections::{BTreeSet, HashMap};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Suite;
use super::contract::ordinary;
use crate::service_graph::{Forest, is_handler, is_segment, mark};
use crate::shopping_cart::{Call, Shopper};
use crate::telemetry::{Telemetry, text};
use crate::test::end_to_end::xray_schema::XRaySchema;

/// The calls that an addition, a migration and a checkout make, in their order; functions that were led to stand in brackets.
pub(super) fn steps(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let add = || {
        Ok::<_, anyhow::Error>(Call::Add {
            product: ordinary(shop)?,
            quantity: 2,
        })
    };
    let mut shopper = Shopper::default();
    ensure!(shopper.call(shop, &Call::List)?.status == 200, "no cart for a stranger");
    // Every function has its parameters after a first request.
    let mut steps = Vec::new();
    for round in 0..2 {
        shopper.token = None;
        steps.clear();
        for call in [add()?, Call::Migrate, Call::List, Call::Checkout] {
            if call == Call::Migrate {
                shopper.token = Some(shop.identity.token("steps")?);
            }
            let (answer, mut segments) = shopper.persist(shop, &call)?;
            ensure!(answer.status == 200, "{call:?}: {} {}", answer.status, answer.body);
            ensure!(
                segments.len() == 1,
                "{call:?} took {} requests in round {round}",
                segments.len()
            );
            steps.push((call, segments.remove(0)));
        }
    }
    const WRITTEN: &str = "DynamoDB TransactWriteItems";
    const EXPECTED: [&[&str]; 4] = [
        &[
            "127.0.0.1 GET [get-product ]",
            "DynamoDB GetItem",
            "DynamoDB GetItem",
            WRITTEN,
        ],
        &[
            "DynamoDB Query",
            "DynamoDB GetItem",
            WRITTEN,
            "SQS SendMessageBatch [delete-worker DynamoDB GetItem; DynamoDB TransactWriteItems]",
            "DynamoDB Query",
        ],
        &["DynamoDB Query"],
        &["DynamoDB GetItem", "DynamoDB Query", WRITTEN],
    ];
    let telemetry = suite.complete()?;
    let forest = Forest::of(&telemetry);
    for ((call, segment), expected) in steps.iter().zip(EXPECTED) {
        let document = telemetry
            .subsegments
            .iter()
            .find(|document| document["id"] == segment.id());
        let document = document.with_context(|| format!("{call:?} has no segment"))?;
        let found = forest
            .below(document)
            .iter()
            .flat_map(|handler| calls(&forest, handler));
        let found: Vec<_> = found.collect();
        ensure!(found == expected, "{call:?} has the steps {found:#?}");
    }
    Ok(())
}

/// Returns the calls below a subsegment in their order, and what each led to.
fn calls(forest: &Forest<'_>, subsegment: &Value) -> Vec<String> {
    let below = forest.below(subsegment).iter();
    below
        .flat_map(|step| {
            if step["namespace"].is_null() {
                return calls(forest, step);
            }
            let operation = [&step["aws"]["operation"], &step["http"]["request"]["method"]];
            let operation = operation.into_iter().find_map(Value::as_str).unwrap_or_default();
            let led_to = forest.below(step).iter().map(|handler| {
                let calls = calls(forest, handler).join("; ");
                format!(" [{} {calls}]", forest.function(handler))
            });
            vec![format!(
                "{} {operation}{}",
                text(&step["name"]),
                led_to.collect::<String>()
            )]
        })
        .collect()
}

/// Every request of the whole run has one trace, whose edges are complete, of documents that X-Ray takes.
pub(super) fn all(suite: &Suite) -> Result<()> {
    let telemetry = suite.complete()?;
    ensure!(
        telemetry.unknown.is_empty(),
        "neither records nor documents: {:?}",
        telemetry.unknown
    );
    let schema = XRaySchema::read()?;
    let steps = telemetry.subsegments.iter();
    steps
        .clone()
        .filter(|step| !is_segment(step))
        .try_for_each(|step| schema.check(step))?;

    let mut ids = BTreeSet::new();
    for step in steps.clone() {
        ensure!(ids.insert(text(&step["id"])), "an id occurs twice: {step}");
    }
    let forest = Forest::of(&telemetry);
    let (mut requests, mut edges) = (0, HashMap::<String, usize>::new());
    for step in steps.clone() {
        let led_to = forest.below(step);
        if is_segment(step) {
            ensure!(led_to.len() == 1 && is_handler(led_to[0]), "{step} leads to {led_to:?}");
            requests += 1;
        } else if is_handler(step) {
            // A batch of the stream has no trace before it; any other function was led to by something in this run.
            let is_led = !forest.roots.iter().any(|root| root["id"] == step["id"]);
            let function = forest.function(step);
            let of_nobody = ["stream-aggregator", "list-products", "delete-worker"].contains(&function);
            ensure!(is_led || of_nobody, "nothing led to {function}: {step}");
        } else {
            let parent = text(&step["parent_id"]);
            ensure!(ids.contains(&parent), "the parent of {step} is missing");
            // What arrived was answered by a function; a call with a fault may have arrived or not.
            let leads = step["namespace"] == "remote" || step["aws"]["operation"] == "SendMessageBatch";
            ensure!(
                !leads || mark(step).is_some() || !led_to.is_empty(),
                "{step} leads nowhere"
            );
            if !step["namespace"].is_null() {
                *edges
                    .entry(format!("{} ─▶ {}", forest.function(step), text(&step["name"])))
                    .or_default() += 1;
            }
        }
    }
    ensure!(requests > 1_000, "only {requests} requests have a segment");
    let mut edges: Vec<_> = edges.into_iter().collect();
    edges.sort();
    for (edge, calls) in &edges {
        println!("        {edge}: {calls} calls");
    }
    let names: Vec<_> = edges.iter().map(|(edge, _)| edge.as_str()).collect();
    let expected = [
        "add-to-cart ─▶ 127.0.0.1",
        "add-to-cart ─▶ DynamoDB",
        "add-to-cart ─▶ SSM",
        "cart-total ─▶ DynamoDB",
        "checkout ─▶ DynamoDB",
        "checkout ─▶ SSM",
        "delete-worker ─▶ DynamoDB",
        "list-cart ─▶ DynamoDB",
        "list-cart ─▶ SSM",
        "migrate-cart ─▶ DynamoDB",
        "migrate-cart ─▶ SQS",
        "migrate-cart ─▶ SSM",
        "stream-aggregator ─▶ DynamoDB",
        "update-cart ─▶ DynamoDB",
        "update-cart ─▶ SSM",
    ];
    ensure!(names == expected, "the service graph is {names:#?}");
    Ok(())
}

/// Returns whether every request's handler has told of itself.
pub(super) fn are_complete(telemetry: &Telemetry) -> bool {
    let forest = Forest::of(telemetry);
    let mut segments = telemetry.subsegments.iter().filter(|document| is_segment(document));
    segments.all(|segment| forest.below(segment).iter().any(|below| is_handler(below)))
}
