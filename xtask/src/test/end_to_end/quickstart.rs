//! Checks the telemetry of the quickstart function.

use std::collections::{BTreeSet, HashSet};

use anyhow::{Result, bail, ensure};
use powertools_telemetry::{Forest, Segment};

use super::checks::{self, Check};
use super::page;
use super::xray_schema::XRaySchema;
use crate::application::Traces;
use crate::exchange::Exchange;
use crate::json::{number, text};
use crate::quickstart::{self, Run};
use crate::timeline::{self, Line, is_handler, mark};

/// The checks, wherever the traces go.
const CHECKS: [Check<Run>; 11] = [
    ("each order is answered", each_order_is_answered),
    (
        "every line and datagram is known",
        every_line_and_datagram_is_one_of_ours,
    ),
    ("each record has its invocation's context", each_record_has_its_context),
    ("only the first invocation is cold", the_first_invocation_alone_is_cold),
    ("the failure is logged once, with its chain", the_failure_is_logged_once),
    ("each order is counted, including the failed one", each_order_is_counted),
    (
        "each trace is one tree under the caller's segment",
        each_trace_is_one_tree,
    ),
    (
        "the failure is a fault with its cause in the trace",
        the_failure_is_a_fault,
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

const X_RAY_CHECKS: [Check<Run>; 2] = [
    (
        "each datagram is a document that X-Ray accepts",
        each_datagram_is_a_document,
    ),
    ("each trace is one datagram", each_trace_is_one_datagram),
];

const OTLP_CHECKS: [Check<Run>; 1] = [("nothing was sent to the X-Ray daemon", |run| {
    ensure!(run.capture.datagrams.is_empty(), "{:?}", run.capture.datagrams);
    Ok(())
})];

const NAME: &str = "quickstart";

pub(super) fn run() -> Result<()> {
    run_with(Traces::XRay, &X_RAY_CHECKS)
}

/// Sends the traces to a collector.
pub(super) fn run_with_otlp() -> Result<()> {
    run_with(Traces::Otlp, &OTLP_CHECKS)
}

fn run_with(traces: Traces, own: &[Check<Run>]) -> Result<()> {
    let run = quickstart::run(false, traces)?;
    let checks: Vec<_> = CHECKS.iter().chain(own).copied().collect();
    let checked = checks::run(&run, &checks);
    if checked.is_err() {
        let telemetry = &run.telemetry;
        let segments = telemetry.segments.iter().map(Segment::document);
        for document in telemetry.records().chain(telemetry.emf()).chain(segments) {
            println!("{document}");
        }
    }
    checked
}

fn each_order_is_answered(run: &Run) -> Result<()> {
    run.exchanges.iter().try_for_each(Exchange::check)
}

fn every_line_and_datagram_is_one_of_ours(run: &Run) -> Result<()> {
    let unknown: Vec<_> = run.telemetry.unknown().collect();
    ensure!(unknown.is_empty(), "{unknown:?}");
    Ok(())
}

fn each_record_has_its_context(run: &Run) -> Result<()> {
    for record in run.telemetry.records() {
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
        .records()
        .map(|record| text(&record["function_request_id"]))
        .collect();
    ensure!(
        requests.len() == run.exchanges.len(),
        "{} requests in the records",
        requests.len()
    );
    // An order's id appears only in the records of one request.
    for order in ["A-1", "A-2", "A-4"] {
        let records = run.telemetry.records().filter(|record| record["order_id"] == order);
        let requests: HashSet<_> = records.map(|record| text(&record["function_request_id"])).collect();
        ensure!(
            requests.len() == 1,
            "order {order} appears in the records of {} requests",
            requests.len()
        );
    }
    Ok(())
}

fn the_first_invocation_alone_is_cold(run: &Run) -> Result<()> {
    let cold: BTreeSet<_> = run
        .telemetry
        .records()
        .filter(|record| record["cold_start"] == true)
        .map(|record| text(&record["function_request_id"]))
        .collect();
    ensure!(cold.len() == 1, "{} requests have cold_start", cold.len());
    let starts = run
        .telemetry
        .metrics()
        .filter(|metric| metric.identity.name == "ColdStart")
        .count();
    ensure!(starts == 1, "{starts} ColdStart metrics");
    Ok(())
}

fn the_failure_is_logged_once(run: &Run) -> Result<()> {
    let errors: Vec<_> = run
        .telemetry
        .records()
        .filter(|record| record["exception"].is_string())
        .collect();
    ensure!(errors.len() == 1, "{} records with an exception", errors.len());
    let error = errors[0];
    ensure!(error["level"] == "ERROR", "{error}");
    ensure!(
        text(&error["exception"]).contains("card was declined"),
        "the chain is incomplete: {error}"
    );
    ensure!(error["exception_name"] == "PaymentError", "{error}");
    let mentions = run
        .telemetry
        .records()
        .filter(|record| record.to_string().contains("card was declined"))
        .count();
    ensure!(mentions == 1, "the error appears in {mentions} records");
    Ok(())
}

fn each_order_is_counted(run: &Run) -> Result<()> {
    let metrics: Vec<_> = run.telemetry.metrics().collect();
    let sum = |name: &str| {
        metrics
            .iter()
            .filter(|metric| metric.identity.name == name)
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
        let identity = &metric.identity;
        ensure!(identity.namespace == "Quickstart", "{identity:?}");
        let mut dimensions = identity.dimensions.iter();
        ensure!(
            dimensions.any(|(key, value)| key == "service" && value == "orders"),
            "{identity:?}"
        );
        ensure!(
            metric.values.iter().all(|value| value.is_finite()),
            "{} has a value that is not a number",
            identity.name
        );
    }
    Ok(())
}

fn each_trace_is_one_tree(run: &Run) -> Result<()> {
    let segments = &run.telemetry.segments;
    let forest = Forest::of(segments);
    let traces = forest.traces();
    ensure!(traces.len() == run.exchanges.len(), "{} traces", traces.len());
    ensure!(forest.nodes().len() == segments.len(), "an id occurs twice");
    for trace in traces {
        let roots = forest.nodes_of(trace).iter().filter(|node| node.up.is_none());
        let names: Vec<_> = roots.map(|node| node.segment.name()).collect();
        ensure!(names == ["## handler"], "the roots of {} are {names:?}", trace.id);
        let logged = run
            .telemetry
            .records()
            .any(|record| record["xray_trace_id"] == trace.id);
        ensure!(logged, "no record has the trace id {}", trace.id);
    }
    for segment in segments {
        let (start, end) = (number(&segment["start_time"]), number(&segment["end_time"]));
        ensure!(start <= end, "{segment} ends before it starts");
        ensure!(!segment.is_segment(), "{segment}");
    }
    let charges = segments.iter().filter(|segment| segment.name() == "## charge").count();
    ensure!(
        charges == 3,
        "{charges} subsegments of `charge`, expected one for each valid order"
    );
    Ok(())
}

fn the_failure_is_a_fault(run: &Run) -> Result<()> {
    let segments = run.telemetry.segments.iter();
    let faults: Vec<_> = segments.filter(|segment| segment["fault"] == true).collect();
    let handler = faults.iter().find(|segment| is_handler(segment));
    let Some(handler) = handler else {
        bail!("no faulty handler among {} faults", faults.len())
    };
    ensure!(
        handler["cause"]["exceptions"].to_string().contains("card was declined"),
        "{handler}"
    );
    ensure!(
        faults.iter().all(|fault| fault.trace_id() == handler.trace_id()),
        "a fault in another trace"
    );
    Ok(())
}

fn each_datagram_is_a_document(run: &Run) -> Result<()> {
    let schema = XRaySchema::read()?;
    run.capture.documents().try_for_each(|document| schema.check(document))
}

fn each_trace_is_one_datagram(run: &Run) -> Result<()> {
    let datagrams = run.capture.datagrams.len();
    let traces = run.exchanges.len();
    ensure!(datagrams == traces, "{datagrams} datagrams for {traces} traces");
    Ok(())
}

/// Extra edges, such as the SDK's own HTTP request, are as wrong as missing ones.
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
    let forest = Forest::of(&run.telemetry.segments);
    let roots = forest.roots().iter();
    let mut timelines: Vec<_> = roots.map(|root| drawn(&timeline::of(&forest, *root))).collect();
    timelines.sort();
    let expected = ["## handler\n", PLACED, PLACED, DECLINED];
    ensure!(timelines == expected, "{timelines:#?}");
    Ok(())
}

/// Returns the timeline as indented text, with fixed names for the table and the queue, whose names CloudFormation generates.
fn drawn(timeline: &[Line<'_>]) -> String {
    let mut text = String::new();
    for line in timeline {
        text.push_str(&"  ".repeat(line.depth));
        text.push_str(line.segment.name());
        let call = timeline::call(line.segment);
        for word in call.split_whitespace().chain(mark(line.segment)) {
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
