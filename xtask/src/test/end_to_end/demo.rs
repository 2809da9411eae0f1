//! Checks that the demo's report is correct, and that the examples of crates/powertools-lambda/docs/operations.md find something.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use insights::Document;
use powertools_telemetry::Telemetry;
use report::Model;

use super::checks::{self, Check};
use super::{accessibility, page};
use crate::application::Traces;
use crate::exchange::Exchange;
use crate::shopping_cart::Tour;
use crate::workspace;

const CHECKS: [Check<Demo>; 6] = [
    ("each request is answered", |demo| {
        demo.tour.exchanges.iter().try_for_each(Exchange::check)
    }),
    (page::WHOLE, |demo| page::is_whole(&demo.model, &demo.tour.capture)),
    ("the service map has exactly the calls that were made", map),
    ("each asynchronous step is in the report", asynchronous),
    (
        "each example of crates/powertools-lambda/docs/operations.md finds something",
        operations,
    ),
    ("the page is usable with assistive technology", |demo| {
        accessibility::check(&page::folder(NAME)?.join("report.html"), &demo.model)
    }),
];

const NAME: &str = "demo";

struct Demo {
    tour: Tour,
    model: Model,
}

/// The checks of a demo whose traces went to a collector.
const OTLP_CHECKS: [Check<Demo>; 4] = [
    (page::WHOLE, |demo| page::is_whole(&demo.model, &demo.tour.capture)),
    ("the service map is the same as from X-Ray's documents", map),
    ("each asynchronous step is in the report", asynchronous),
    ("the functions sent nothing to the X-Ray daemon", |demo| {
        let documents = demo.tour.capture.documents();
        // API Gateway's segments are AWS's own.
        let own: Vec<_> = documents.filter(|text| !text.contains("AWS::ApiGateway")).collect();
        ensure!(own.is_empty(), "{own:?}");
        Ok(())
    }),
];

/// Sends the traces to a collector.
pub(super) fn run_with_otlp() -> Result<()> {
    let tour = Tour::run(false, Traces::Otlp)?;
    let model = page::of(&tour.capture, "demo-otlp")?;
    checks::run(&Demo { tour, model }, &OTLP_CHECKS)
}

pub(super) fn run() -> Result<()> {
    let tour = Tour::run(false, Traces::XRay)?;
    let model = page::of(&tour.capture, NAME)?;
    checks::run(&Demo { tour, model }, &CHECKS)
}

fn map(demo: &Demo) -> Result<()> {
    const EDGES: &str = "127.0.0.1 > get-product
SQS shopping-cart-RemovalQueue > delete-worker
add-to-cart > 127.0.0.1
add-to-cart > DynamoDB shopping-cart-CartTable
cart-total > DynamoDB shopping-cart-TotalsTable
checkout > DynamoDB shopping-cart-CartTable
checkout > DynamoDB shopping-cart-IdempotencyTable
delete-worker > DynamoDB shopping-cart-CartTable
delete-worker > DynamoDB shopping-cart-IdempotencyTable
list-cart > DynamoDB shopping-cart-CartTable
list-products > AppConfigData
migrate-cart > DynamoDB shopping-cart-CartTable
migrate-cart > SQS shopping-cart-RemovalQueue
shopping-cart/Prod > add-to-cart
shopping-cart/Prod > cart-total
shopping-cart/Prod > checkout
shopping-cart/Prod > list-cart
shopping-cart/Prod > migrate-cart
shopping-cart/Prod > update-cart
stream-aggregator > DynamoDB shopping-cart-TotalsTable
update-cart > DynamoDB shopping-cart-CartTable
";
    let found: BTreeSet<_> = page::edges(&demo.model)
        .into_iter()
        .map(|(from, to, ..)| format!("{from} > {to}"))
        .collect();
    let expected: BTreeSet<_> = EDGES.lines().map(str::to_owned).collect();
    ensure!(found == expected, "{found:#?}");
    Ok(())
}

fn asynchronous(demo: &Demo) -> Result<()> {
    let flows: Vec<_> = demo
        .model
        .flows
        .iter()
        .map(|flow| {
            let takers = flow
                .consumers
                .iter()
                .map(|(function, _)| &demo.model.functions[*function].name);
            (
                flow.sends,
                flow.failed,
                flow.unseen,
                takers.cloned().collect::<Vec<_>>(),
            )
        })
        .collect();
    ensure!(flows == [(1, 0, 0, vec!["delete-worker".to_owned()])], "{flows:?}");
    Ok(())
}

fn operations(_: &Demo) -> Result<()> {
    let text = std::fs::read_to_string(workspace::root().join("crates/powertools-lambda/docs/operations.md"))?;
    let telemetry = Telemetry::read(&page::folder(NAME)?)?;
    match insights::check(&Document::new(text), &telemetry) {
        Ok(examples) => println!("{examples} examples"),
        Err(problems) => {
            let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
            anyhow::bail!("{}", problems.join("\n"));
        }
    }
    Ok(())
}
