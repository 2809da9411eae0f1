//! Checks that the demo of the airline works, and that its report is correct.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use report::Model;

use crate::airline::Tour;
use crate::exchange::Exchange;
use crate::json::text;
use crate::test::end_to_end::checks::{self, Check};
use crate::test::end_to_end::page;

const CHECKS: [Check<Demo>; 5] = [
    ("each request is answered", |demo| {
        demo.tour.exchanges.iter().try_for_each(Exchange::check)
    }),
    (page::WHOLE, |demo| page::is_whole(&demo.model, &demo.tour.capture)),
    ("the service map has exactly the calls that were made", map),
    ("each asynchronous step is in the report", asynchronous),
    ("the report shows which steps were undone", undone),
];

struct Demo {
    tour: Tour,
    model: Model,
}

pub(in crate::test::end_to_end) fn run() -> Result<()> {
    let tour = Tour::run(false)?;
    let model = page::of(&tour.capture, "demo-airline")?;
    checks::run(&Demo { tour, model }, &CHECKS)
}

fn map(demo: &Demo) -> Result<()> {
    const EDGES: &str = "SFN airline-booking > notification
SFN airline-booking > payment
SFN airline-booking > reservation
SNS airline-booking-BookingTopic > loyalty
airline-booking/Prod > booking-api
booking-api > AppConfigData
booking-api > DynamoDB airline-booking-BookingTable
booking-api > SFN airline-booking
booking-api > Secrets Manager
loyalty > DynamoDB airline-booking-IdempotencyTable
loyalty > DynamoDB airline-booking-LoyaltyTable
loyalty > SSM
notification > DynamoDB airline-booking-BookingTable
notification > SNS airline-booking-BookingTopic
payment > 127.0.0.1
payment > DynamoDB airline-booking-BookingTable
payment > DynamoDB airline-booking-IdempotencyTable
payment > SSM
payment > Secrets Manager
reservation > DynamoDB airline-booking-BookingTable
reservation > DynamoDB airline-booking-IdempotencyTable
";
    let found: BTreeSet<_> = page::edges(&demo.model)
        .into_iter()
        .map(|(from, to, ..)| format!("{from} > {to}"))
        .collect();
    let expected: BTreeSet<_> = EDGES.lines().map(str::to_owned).collect();
    ensure!(found == expected, "{found:#?}");
    Ok(())
}

/// Six sagas were started, whose first step is the reservation's. Three bookings and a withdrawal were published.
fn asynchronous(demo: &Demo) -> Result<()> {
    let model = &demo.model;
    let flows = model.flows.iter().map(|flow| {
        let consumers = flow.consumers.iter();
        let consumers = consumers.map(|(function, _)| model.functions[*function].name.as_str());
        let counts = (flow.sends, flow.failed, flow.unseen);
        (counts, consumers.collect::<Vec<_>>())
    });
    let flows: Vec<_> = flows.collect();
    let expected = [((6, 0, 0), vec!["reservation"]), ((4, 0, 0), vec!["loyalty"])];
    ensure!(flows == expected, "{flows:#?}");
    Ok(())
}

/// Each saga is undone from the last step that may have had an effect to the first: Cid's seat was taken, Dee's payment was
/// declined, and Eve could not be notified.
fn undone(demo: &Demo) -> Result<()> {
    const UNDONE: [&str; 7] = [
        "release",
        "refund",
        "release",
        "withdraw",
        "cancel_confirmation",
        "refund",
        "release",
    ];
    let model = &demo.model;
    // In the local AWS, each step begins a trace; the traces are in order of time.
    let documents = model
        .traces
        .iter()
        .flat_map(|trace| (0..trace.spans).map(|at| model.document(trace, at)));
    let undone = documents.filter(|document| document["annotations"]["undo"] == true);
    let names: Vec<_> = undone
        .map(|document| text(&document["name"]).trim_start_matches("## ").to_owned())
        .collect();
    ensure!(names == UNDONE, "{names:?}");
    Ok(())
}
