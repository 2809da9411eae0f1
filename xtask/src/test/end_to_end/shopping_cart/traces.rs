//! Checks that the trace of each request has all of its steps, and no others.

use std::collections::HashMap;

use anyhow::{Context, Result, ensure};
use powertools_telemetry::{Forest, Segment, Telemetry, Trace};

use super::suite::Suite;
use crate::gateway;
use crate::shopping_cart::{Call, Shopper};
use crate::test::end_to_end::xray_schema::XRaySchema;
use crate::timeline::{self, is_handler, mark};

const LIST: &str = "list-cart GET 200
  ## list
    DynamoDB Query CART 200
";
const ADD: &str = "add-to-cart POST 200
  ## find
    127.0.0.1 GET 200
      get-product GET 200
  ## add
    DynamoDB GetItem CART 200
    DynamoDB TransactWriteItems CART 200
";
const UPDATE: &str = "update-cart PUT 200
  ## set
    DynamoDB GetItem CART 200
    DynamoDB TransactWriteItems CART 200
";
const MIGRATE: &str = "migrate-cart POST 200
  ## migrate
    DynamoDB Query CART 200
    DynamoDB GetItem CART 200
    DynamoDB GetItem CART 200
    DynamoDB TransactWriteItems CART 200
  ## send
    SQS SendMessageBatch QUEUE 200
    delete-worker
      ## record
        DynamoDB UpdateItem IDEMPOTENCY 200
        ## remove_emptied
          DynamoDB GetItem CART 200
          DynamoDB TransactWriteItems CART 200
        DynamoDB UpdateItem IDEMPOTENCY 200
  ## list
    DynamoDB Query CART 200
";
const CHECKOUT: &str = "checkout POST 200
  DynamoDB UpdateItem IDEMPOTENCY 200
  ## check_out
    DynamoDB Query CART 200
    DynamoDB TransactWriteItems CART 200
  DynamoDB UpdateItem IDEMPOTENCY 200
";
const TOTAL: &str = "cart-total GET 200
  ## of
    DynamoDB GetItem TOTALS 200
";
const BROKEN: &str = "add-to-cart POST 502 fault
  ## find fault
    127.0.0.1 GET 500 fault
      get-product GET 500 fault
";

/// One of each call. Extra steps are as wrong as missing ones.
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
        expected.push((segment, tree));
    }
    let telemetry = suite.telemetry_when(|telemetry| {
        expected
            .iter()
            .all(|(segment, tree)| drawn(telemetry, segment) == *tree)
    })?;
    for (segment, tree) in expected {
        let found = drawn(&telemetry, &segment);
        ensure!(found == tree, "expected\n{tree}found\n{found}");
    }
    Ok(())
}

/// Returns the tree below the segment as indented text, with fixed names for tables and queues, whose names CloudFormation
/// generates.
fn drawn(telemetry: &Telemetry, segment: &gateway::Segment) -> String {
    let forest = Forest::of(&telemetry.segments);
    let functions = functions(telemetry);
    let handlers = forest.find(segment.trace_id(), segment.id());
    let handlers = handlers.map_or(&[][..], |at| forest.below(at));
    let mut text = String::new();
    for line in handlers.iter().flat_map(|handler| timeline::of(&forest, *handler)) {
        text.push_str(&"  ".repeat(line.depth));
        text.push_str(if is_handler(line.segment) {
            functions.get(line.segment.trace_id()).unwrap_or(&"a function")
        } else {
            line.segment.name()
        });
        for word in timeline::call(line.segment)
            .split_whitespace()
            .chain(mark(line.segment))
        {
            text.push(' ');
            text.push_str(match word {
                table if table.contains("-CartTable-") => "CART",
                table if table.contains("-TotalsTable-") => "TOTALS",
                table if table.contains("-IdempotencyTable-") => "IDEMPOTENCY",
                queue if queue.contains("-RemovalQueue-") => "QUEUE",
                other => other,
            });
        }
        text.push('\n');
    }
    text
}

/// Returns the function of each trace, from the log records.
fn functions(telemetry: &Telemetry) -> HashMap<&str, &str> {
    let functions = telemetry
        .records()
        .filter_map(|record| Some((record.text("xray_trace_id")?, record.text("function_name")?)));
    functions.collect()
}

/// Checks all traces of the whole run, including those under faults.
pub(super) fn all(suite: &Suite) -> Result<()> {
    let telemetry = suite.telemetry_when(|telemetry| complete(telemetry, suite.invocations).is_ok())?;
    complete(&telemetry, suite.invocations)?;
    let unknown: Vec<_> = telemetry.unknown().collect();
    ensure!(unknown.is_empty(), "unknown lines and datagrams: {unknown:?}");
    let schema = XRaySchema::read()?;
    let capture = suite.shop.capture()?;
    capture.documents().try_for_each(|document| schema.check(document))?;
    println!("{} documents", telemetry.segments.len());
    Ok(())
}

fn complete(telemetry: &Telemetry, before: (usize, usize)) -> Result<()> {
    let segments = &telemetry.segments;
    let forest = Forest::of(segments);
    let nodes = forest.nodes();
    ensure!(
        nodes.len() == segments.len(),
        "{} ids in {} documents",
        nodes.len(),
        segments.len()
    );
    let below = |at: usize| forest.below(at).iter().map(|below| nodes[*below].segment);

    // Each request leads to one handler of one function, and so does each call of the product service.
    for (at, node) in nodes.iter().enumerate() {
        if node.segment.is_segment() || node.segment["namespace"] == "remote" {
            let below: Vec<_> = below(at).collect();
            let whole = below.len() == 1 && is_handler(below[0]);
            ensure!(whole, "{} led to {} handlers: {below:?}", node.segment, below.len());
        }
    }
    // Each trace is one tree: one handler, and everything else has an existing parent.
    let is_of_function = |trace: &&Trace<'_>| !nodes[trace.nodes.start].segment.is_segment();
    let traces: Vec<_> = forest.traces().iter().filter(is_of_function).collect();
    for trace in &traces {
        let own = forest.nodes_of(trace).iter();
        let handlers = own.clone().filter(|node| is_handler(node.segment)).count();
        ensure!(handlers == 1, "{handlers} handlers in {}", trace.id);
        let lost = own.clone().find(|node| !is_handler(node.segment) && node.up.is_none());
        ensure!(lost.is_none(), "its parent is missing: {lost:?}");
    }
    // All links lead to an existing segment.
    let mut links = segments.iter().flat_map(Segment::links);
    let lost = links.find(|(trace, id)| forest.find(trace, id).is_none());
    ensure!(lost.is_none(), "a link to a missing segment: {lost:?}");
    // Every invocation that Lambda reports has its trace.
    let (invocations, recorded) = (telemetry.reports() - before.0, traces.len() - before.1);
    ensure!(
        invocations == recorded,
        "{recorded} traces of {invocations} invocations"
    );
    // Every message was received by a worker.
    let mut sends = nodes
        .iter()
        .filter(|node| node.segment["aws"]["operation"] == "SendMessageBatch" && mark(node.segment).is_none());
    let unread = sends.find(|send| !send.up.is_some_and(|around| below(around).any(is_handler)));
    ensure!(unread.is_none(), "a message was not received: {unread:?}");
    segments
        .iter()
        .find(|segment| segment.is_segment())
        .context("no requests")?;
    Ok(())
}
