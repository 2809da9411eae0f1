//! Checks invalid requests and malformed events.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::suite::{FLIGHT, Suite};
use crate::airline::{Request, Traveller};
use crate::local_aws::Answer;
use crate::test::end_to_end::wait::wait_until;

/// Events that the loyalty function cannot count.
pub(super) const MALFORMED: [&str; 3] = [
    "no event",
    r#"{"kind":"triple","bookingId":"1","traveller":"ann","price":1}"#,
    r#"{"kind":"base","bookingId":"1","traveller":"ann","price":-1}"#,
];

fn problem(answer: &Answer, status: u16, code: Option<&str>) -> Result<()> {
    let body = answer.json()?;
    let is_problem = answer.header("content-type") == Some("application/problem+json")
        && answer.status == status
        && body["status"] == status
        && body["code"].as_str() == code;
    ensure!(
        is_problem,
        "expected the problem {status} {code:?}, found {} {:?} {}",
        answer.status,
        answer.header("content-type"),
        answer.body
    );
    Ok(())
}

pub(super) fn requests(suite: &Suite) -> Result<()> {
    let airline = &suite.airline;
    let before = airline.executions()?.len();
    let offer = Traveller::offer(airline, FLIGHT)?;
    let valid = Traveller::new("mallory").request(FLIGHT, "10E", &offer, "bad-1");
    let with = |field: &str, value: Value| {
        let mut request = valid.clone();
        request.body[field] = value;
        request
    };
    let mut cheaper = offer.clone();
    cheaper["price"] = 1.into();
    let without_key = Request {
        key: String::new(),
        ..valid.clone()
    };
    for (request, status, code) in [
        (with("flight", "RS999".into()), 404, Some("unknown_flight")),
        (with("seat", "11A".into()), 422, Some("invalid_booking")),
        (with("traveller", "".into()), 422, Some("invalid_booking")),
        (with("contact", "nowhere".into()), 422, Some("invalid_booking")),
        (with("seat", 7.into()), 422, None),
        (with("surprise", true.into()), 422, None),
        (with("offer", cheaper), 422, Some("offer_invalid")),
        (without_key, 400, Some("idempotency_key")),
    ] {
        problem(&Traveller::book(airline, &request)?, status, code)?;
    }
    let (_, answer) = airline.send(
        "POST",
        "/bookings",
        &[("idempotency-key", "bad-2".to_owned())],
        "{not json",
    )?;
    problem(&answer, 400, None)?;
    for (path, code) in [("/flights/RS999", "unknown_flight"), ("/bookings/1", "unknown_booking")] {
        let (_, answer) = airline.send("GET", path, &[], "")?;
        problem(&answer, 404, Some(code))?;
    }
    ensure!(
        airline.executions()?.len() == before,
        "an invalid request started a saga"
    );
    Ok(())
}

/// Each event is tried as often as the queue is configured to, and is then in the dead-letter queue.
pub(super) fn events(suite: &Suite) -> Result<()> {
    let airline = &suite.airline;
    for body in MALFORMED {
        airline.send_to_loyalty(body)?;
    }
    wait_until("the malformed events are in the dead-letter queue", || {
        let dead = airline.deployment.messages("LoyaltyDeadLetterQueueUrl")?;
        Ok(dead == MALFORMED.len() as u64)
    })?;
    let failed = |telemetry: &powertools_telemetry::Telemetry| -> f64 {
        let metrics = telemetry
            .metrics()
            .filter(|metric| metric.identity.name == "RecordsFailed");
        metrics.flat_map(|metric| metric.values).sum()
    };
    let telemetry = suite.telemetry_when(|telemetry| failed(telemetry) >= 12.0)?;
    let failed = failed(&telemetry);
    // Each of them in each of its four deliveries.
    ensure!(
        (failed - 12.0).abs() < 0.5,
        "the alarm's metric RecordsFailed is {failed}"
    );
    Ok(())
}

/// The offer from before the first check has ended by now.
pub(super) fn expired_price(suite: &Suite) -> Result<()> {
    let request = Traveller::new("late").request(FLIGHT, "10E", &suite.early_offer, "late-1");
    problem(&Traveller::book(&suite.airline, &request)?, 409, Some("offer_expired"))
}
