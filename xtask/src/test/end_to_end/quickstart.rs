//! The quickstart function: whether what came out is right.

use std::collections::{BTreeSet, HashSet};

use anyhow::{Result, bail, ensure};
use serde_json::Value;

use super::checks::{self, Check};
use super::page;
use super::xray_schema::XRaySchema;
use crate::exchange::Exchange;
use crate::forest::{self, Forest, Line, mark};
use crate::quickstart::{self, Run};
use crate::telemetry::{number, text};

const CHECKS: [Check<Run>; 12] = [
    ("each order is answered", each_order_is_answered),
    (
        "every line and datagram is one of ours",
        every_line_and_datagram_is_one_of_ours,
    ),
    ("each record has its invocation's context", each_record_has_its_context),
    ("the first invocation alone is cold", the_first_invocation_alone_is_cold),
    ("the failure is logged once, with its chain", the_failure_is_logged_once),
    ("each order is counted, the failed one too", each_order_is_counted),
    (
        "each trace is one tree under the caller's segment",
        each_trace_is_one_tree,
    ),
    (
        "the failure is a fault with its cause in the trace",
        the_failure_is_a_fault,
    ),
    (
        "each datagram is a document that X-Ray takes",
        each_datagram_is_a_document,
    ),
    (page::WHOLE, |run| {
        page::is_whole(&page::of(&run.capture, NAME)?, &run.capture)
    }),
    (
        "the service map has exactly the services called",
        the_service_map_has_the_services_called,
    ),
    (
        "each timeline has exactly the steps of its order",
        each_timeline_has_its_steps,
    ),
];

const NAME: &str = "quickstart";

pub(super) fn run() -> Result<()> {
    let run = quickstart::run(false)?;
    let checked = checks::run(&run, &CHECKS);
    if checked.is_err() {
        let telemetry = &run.telemetry;
        for document in telemetry
            .records
            .iter()
            .chain(&telemetry.emf)
            .chain(&telemetry.subsegments)
        {
            println!("{document}");
        }
    }
    checked
}

fn each_order_is_answered(run: &Run) -> Result<()> {
    run.exchanges.iter().try_for_each(Exchange::check)
}

fn every_line_and_datagram_is_one_of_ours(run: &Run) -> Result<()> {
    ensure!(run.telemetry.unknown.is_empty(), "{:?}", run.telemetry.unknown);
    Ok(())
}

fn each_record_has_its_context(run: &Run) -> Result<()> {
    for record in &run.telemetry.records {
        for key in [
            "timestamp",
            "message",
            "location",
            "service",
            "function_name",
            "function_arn",
            "function_request_id",
            "xray_trace_id",
        ] {
            ensure!(
                record[key].as_str().is_some_and(|text| !text.is_empty()),
                "no {key} in {record}"
            );
        }
        ensure!(
            record["service"] == "orders" && record["function_name"] == "quickstart",
            "{record}"
        );
    }
    let requests: HashSet<_> = run
        .telemetry
        .records
        .iter()
        .map(|record| text(&record["function_request_id"]))
        .collect();
    ensure!(
        requests.len() == run.exchanges.len(),
        "{} requests in the records",
        requests.len()
    );
    // An order's id stands in the records of one request only.
    for order in ["A-1", "A-2", "A-4"] {
        let records = run
            .telemetry
            .records
            .iter()
            .filter(|record| record["order_id"] == order);
        let requests: HashSet<_> = records.map(|record| text(&record["function_request_id"])).collect();
        ensure!(
            requests.len() == 1,
            "order {order} stands in the records of {} requests",
            requests.len()
        );
    }
    Ok(())
}

fn the_first_invocation_alone_is_cold(run: &Run) -> Result<()> {
    let cold: BTreeSet<_> = run
        .telemetry
        .records
        .iter()
        .filter(|record| record["cold_start"] == true)
        .map(|record| text(&record["function_request_id"]))
        .collect();
    ensure!(cold.len() == 1, "{} requests have cold_start", cold.len());
    let starts = run
        .telemetry
        .metrics()
        .into_iter()
        .filter(|metric| metric.name == "ColdStart")
        .count();
    ensure!(starts == 1, "{starts} ColdStart metrics");
    Ok(())
}

fn the_failure_is_logged_once(run: &Run) -> Result<()> {
    let errors: Vec<_> = run
        .telemetry
        .records
        .iter()
        .filter(|record| record["exception"].is_string())
        .collect();
    ensure!(errors.len() == 1, "{} records with an exception", errors.len());
    let error = errors[0];
    ensure!(error["level"] == "ERROR", "{error}");
    ensure!(
        text(&error["exception"]).contains("card was declined"),
        "the chain is not whole: {error}"
    );
    ensure!(error["exception_name"] == "PaymentError", "{error}");
    let mentions = run
        .telemetry
        .records
        .iter()
        .filter(|record| record.to_string().contains("card was declined"))
        .count();
    ensure!(mentions == 1, "the error appears in {mentions} records");
    Ok(())
}

fn each_order_is_counted(run: &Run) -> Result<()> {
    let metrics = run.telemetry.metrics();
    let sum = |name: &str| {
        metrics
            .iter()
            .filter(|metric| metric.name == name)
            .flat_map(|metric| &metric.values)
            .sum::<f64>()
    };
    for (name, expected) in [("OrdersReceived", 4.0), ("OrdersPlaced", 2.0), ("OrdersRefused", 1.0)] {
        ensure!(
            (sum(name) - expected).abs() < f64::EPSILON,
            "{name} is {}, expected {expected}",
            sum(name)
        );
    }
    for metric in &metrics {
        ensure!(metric.namespace == "Quickstart", "namespace {}", metric.namespace);
        ensure!(
            metric
                .dimensions
                .iter()
                .any(|(key, value)| key == "service" && value == "orders"),
            "{}: {:?}",
            metric.name,
            metric.dimensions
        );
        ensure!(
            metric.values.iter().all(|value| value.is_finite()),
            "{} has a value that is none",
            metric.name
        );
    }
    Ok(())
}

fn each_trace_is_one_tree(run: &Run) -> Result<()> {
    let traces = run.telemetry.traces();
    ensure!(traces.len() == run.exchanges.len(), "{} traces", traces.len());
    for (trace, subsegments) in traces {
        let ids: HashSet<_> = subsegments.iter().map(|subsegment| text(&subsegment["id"])).collect();
        ensure!(ids.len() == subsegments.len(), "an id occurs twice in {trace}");
        let roots: Vec<_> = subsegments
            .iter()
            .filter(|subsegment| !ids.contains(&text(&subsegment["parent_id"])))
            .collect();
        ensure!(roots.len() == 1, "{} roots in {trace}", roots.len());
        ensure!(roots[0]["name"] == "## handler", "the root is {}", roots[0]["name"]);
        let logged = run
            .telemetry
            .records
            .iter()
            .any(|record| record["xray_trace_id"] == trace.as_str());
        ensure!(logged, "no record has the trace id {trace}");
        for subsegment in &subsegments {
            let (start, end) = (number(&subsegment["start_time"]), number(&subsegment["end_time"]));
            ensure!(start <= end, "{subsegment} ends before it starts");
            ensure!(subsegment["type"] == "subsegment", "{subsegment}");
        }
    }
    let all = &run.telemetry.subsegments;
    let charges = all
        .iter()
        .filter(|subsegment| subsegment["name"] == "## charge")
        .count();
    ensure!(
        charges == 3,
        "{charges} subsegments of `charge`, expected one for each order that was good"
    );
    Ok(())
}

fn the_failure_is_a_fault(run: &Run) -> Result<()> {
    let faults: Vec<&Value> = run
        .telemetry
        .subsegments
        .iter()
        .filter(|subsegment| subsegment["fault"] == true)
        .collect();
    let handler = faults.iter().find(|subsegment| subsegment["name"] == "## handler");
    let Some(handler) = handler else {
        bail!("no faulty handler among {} faults", faults.len())
    };
    ensure!(
        handler["cause"]["exceptions"].to_string().contains("card was declined"),
        "{handler}"
    );
    ensure!(
        faults.iter().all(|fault| fault["trace_id"] == handler["trace_id"]),
        "a fault in another trace"
    );
    Ok(())
}

fn each_datagram_is_a_document(run: &Run) -> Result<()> {
    let schema = XRaySchema::read()?;
    run.telemetry
        .subsegments
        .iter()
        .try_for_each(|document| schema.check(document))
}

/// One edge more, such as the SDK's own HTTP request, is as wrong as one less.
fn the_service_map_has_the_services_called(run: &Run) -> Result<()> {
    let edges = page::edges(&page::of(&run.capture, NAME)?);
    let found: Vec<_> = edges
        .iter()
        .map(|(from, to, calls, failed)| (from.as_str(), to.as_str(), *calls, *failed))
        .collect();
    let expected = [
        ("quickstart", "SQS quickstart-ShipmentsQueue", 2, 0),
        ("quickstart", "DynamoDB quickstart-OrdersTable", 2, 0),
        ("quickstart", "127.0.0.1", 3, 1),
    ];
    ensure!(found == expected, "{found:?}");
    Ok(())
}

fn each_timeline_has_its_steps(run: &Run) -> Result<()> {
    const PLACED: &str = "## handler
  ## charge
    127.0.0.1 POST 200
  ## save
    DynamoDB PutItem TABLE 200
    SQS SendMessage QUEUE 200
";
    const DECLINED: &str = "## handler fault
  ## charge fault
    127.0.0.1 POST 402 error
";
    let forest = Forest::of(&run.telemetry);
    let mut timelines: Vec<_> = forest.roots.iter().map(|root| drawn(&forest.timeline(root))).collect();
    timelines.sort();
    let expected = ["## handler\n", PLACED, PLACED, DECLINED];
    ensure!(timelines == expected, "{timelines:#?}");
    Ok(())
}

/// Returns the timeline as indented text; CloudFormation makes up the names of table and queue.
fn drawn(timeline: &[Line<'_>]) -> String {
    let mut text = String::new();
    for line in timeline {
        text.push_str(&"  ".repeat(line.depth));
        text.push_str(line.subsegment["name"].as_str().unwrap_or_default());
        let call = forest::call(line.subsegment);
        for word in call.split_whitespace().chain(mark(line.subsegment)) {
            text.push(' ');
            text.push_str(match word {
                table if table.contains("OrdersTable") => "TABLE",
                queue if queue.contains("ShipmentsQueue") => "QUEUE",
                other => other,
            });
        }
        text.push('\n');
    }
    text
}
