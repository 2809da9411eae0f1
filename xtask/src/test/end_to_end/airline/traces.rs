//! Checks that the trace of a booking has the steps of its saga, and its events.

use anyhow::{Context, Result, ensure};
use powertools_telemetry::{Forest, Telemetry};

use super::suite::{FLIGHT, Suite};
use crate::airline::Traveller;
use crate::gateway::Segment;
use crate::timeline;

/// A booking that earns a bonus: one event came through the topic, and one through the event bus.
const BOOKED: &str = "reserve, collect, confirm, notify, count, count";

/// The same booking, if the traveller cannot be notified. The event is that of the withdrawal.
const UNDONE: &str = "reserve, collect, confirm, notify, withdraw (undo), cancel_confirmation (undo), refund (undo), release (undo), count";

/// Below the request that began a booking are all steps of its saga, what was undone, and the events that it led to.
pub(super) fn steps(suite: &Suite) -> Result<()> {
    let airline = &suite.airline;
    let mut expected = Vec::new();
    for (seat, contact, steps) in [("9A", "example.com", BOOKED), ("9B", "nowhere.invalid", UNDONE)] {
        let offer = Traveller::offer(airline, FLIGHT)?;
        let mut request = Traveller::new("tracy").request(FLIGHT, seat, &offer, seat);
        request.body["contact"] = format!("tracy@{contact}").into();
        let headers = [("idempotency-key", request.key.clone())];
        let (segment, answer) = airline.send("POST", "/bookings", &headers, &request.body.to_string())?;
        ensure!(answer.status == 202, "{} {}", answer.status, answer.body);
        let id = answer.json()?["bookingId"].as_str().map(str::to_owned);
        Traveller::wait(airline, &id.context("the booking has no id")?)?;
        expected.push((segment, steps));
    }
    let is_complete = |telemetry: &Telemetry| {
        expected
            .iter()
            .all(|(segment, steps)| drawn(telemetry, segment) == *steps)
    };
    let telemetry = suite.telemetry_when(is_complete)?;
    for (segment, steps) in &expected {
        let found = drawn(&telemetry, segment);
        ensure!(found == *steps, "expected {steps}, found {found}");
    }
    Ok(())
}

/// Returns the names of the steps and events below a request: first the steps in order of time, then the events.
fn drawn(telemetry: &Telemetry, segment: &Segment) -> String {
    const STEPS: [&str; 8] = [
        "reserve",
        "collect",
        "confirm",
        "notify",
        "withdraw",
        "cancel_confirmation",
        "refund",
        "release",
    ];
    let forest = Forest::of(&telemetry.segments);
    let Some(root) = forest.find(segment.trace_id(), segment.id()) else {
        return String::new();
    };
    let (mut steps, mut events) = (Vec::new(), Vec::new());
    for line in timeline::of(&forest, root) {
        let name = line.segment.name().trim_start_matches("## ");
        if STEPS.contains(&name) {
            let undo = if line.segment["annotations"]["undo"] == true {
                " (undo)"
            } else {
                ""
            };
            steps.push((line.segment.begin(), format!("{name}{undo}")));
        } else if name == "count" {
            events.push("count".to_owned());
        }
    }
    steps.sort_unstable();
    let names: Vec<_> = steps.into_iter().map(|(_, name)| name).chain(events).collect();
    names.join(", ")
}
