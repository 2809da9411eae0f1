//! The demo's tour of the airline: bookings that go through, and everything that can go wrong.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use powertools_telemetry::{Capture, Forest};
use serde_json::{Value, json};

use super::payment_api::DECLINED;
use super::{Airline, Request, Traveller};
use crate::exchange::Exchange;
use crate::local_aws::Answer;
use crate::timeline::is_handler;
use crate::ui;

/// The flight of the promotion, and one without it.
const LISBON: &str = "RS101";
const BERLIN: &str = "RS102";

/// How long the loyalty queue may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The deployed application, and the requests with their answers.
pub(crate) struct Tour {
    pub(crate) airline: Airline,
    pub(crate) exchanges: Vec<Exchange>,
    pub(crate) capture: Capture,
}

impl Tour {
    /// Builds the functions, deploys them to a local AWS, makes the calls of the tour, and collects the telemetry.
    pub(crate) fn run(release: bool) -> Result<Self> {
        let airline = Airline::open(release, &[])?;
        let mut exchanges = ui::task(
            "Booking: seats that are free and taken, a declined payment, a notification that fails, repeated requests",
            || booking(&airline),
        )?;
        exchanges.extend(ui::task(
            "Breaking the loyalty function, mending it, and redriving its dead-letter queue",
            || redrive(&airline),
        )?);
        settle(&airline)?;
        let capture = airline.capture()?;
        Ok(Self {
            airline,
            exchanges,
            capture,
        })
    }
}

fn booking(airline: &Airline) -> Result<Vec<Exchange>> {
    let mut exchanges = Vec::new();
    let (_, answer) = airline.send("GET", &format!("/flights/{LISBON}"), &[], "")?;
    let offer = answer.json()?["offer"].clone();
    exchanges.push(exchange(
        "a flight, with an offer and its free seats",
        format!("GET /flights/{LISBON}"),
        200,
        answer,
    ));

    let ask = |name: &str, seat: &str| Traveller::new(name).request(LISBON, seat, &offer, &format!("{name}-1"));
    let with = |mut request: Request, field: &str, value: Value| {
        request.body[field] = value;
        request
    };
    let ann = ask("ann", "1A");
    for (title, request, status) in [
        ("Ann books a seat", ann.clone(), "confirmed"),
        (
            "and repeats her request, because the answer was lost",
            ann.clone(),
            "confirmed",
        ),
        ("and once more: it is still one booking", ann, "confirmed"),
        ("Bob books another seat", ask("bob", "1B"), "confirmed"),
        ("Cid wants Ann's seat", ask("cid", "1A"), "cancelled"),
        (
            "Dee's payment is declined",
            with(ask("dee", "2A"), "paymentToken", DECLINED.into()),
            "cancelled",
        ),
        (
            "Eve cannot be notified: all is undone",
            with(ask("eve", "3A"), "contact", "eve@nowhere.invalid".into()),
            "cancelled",
        ),
    ] {
        exchanges.extend(until_ended(airline, title, &request, status)?);
    }
    for (title, request, status) in [
        (
            "an unknown flight",
            with(ask("fay", "4A"), "flight", "RS999".into()),
            404,
        ),
        ("an unknown seat", with(ask("fay", "4A"), "seat", "99Z".into()), 422),
        (
            "a price of her own",
            with(
                ask("fay", "4A"),
                "offer",
                json!({"price": 1, "validUntil": 9_999_999_999_u64, "signature": "AAAA"}),
            ),
            422,
        ),
    ] {
        let answer = Traveller::book(airline, &request)?;
        exchanges.push(exchange(title, shown(&request), status, answer));
    }
    Ok(exchanges)
}

/// Makes a booking, waits until its saga has ended, and asks for its status.
fn until_ended(airline: &Airline, title: &'static str, request: &Request, status: &str) -> Result<[Exchange; 2]> {
    let answer = Traveller::book(airline, request)?;
    let id = answer.json()?["bookingId"].as_str().map(str::to_owned);
    let id = id.with_context(|| format!("{title}: {} {}", answer.status, answer.body))?;
    let booked = exchange(title, shown(request), 202, answer);
    Traveller::wait(airline, &id)?;
    let path = format!("/bookings/{id}");
    let (_, answer) = airline.send("GET", &path, &[], "")?;
    ensure!(answer.json()?["status"] == status, "{title}: {}", answer.body);
    Ok([
        booked,
        exchange("and this became of it", format!("GET {path}"), 200, answer),
    ])
}

/// A consumer fails on every event until its configuration is mended; then its dead-letter queue is redriven.
fn redrive(airline: &Airline) -> Result<Vec<Exchange>> {
    loyalty_is_idle(airline)?;
    airline.deployment.set_parameter("PointsRateParameter", "many")?;
    std::thread::sleep(Duration::from_millis(1_500)); // the parameter is cached for a second
    let offer = Traveller::offer(airline, BERLIN)?;
    let gil = Traveller::new("gil").request(BERLIN, "1A", &offer, "gil-1");
    let exchanges = until_ended(
        airline,
        "Gil books; the loyalty function is misconfigured",
        &gil,
        "confirmed",
    )?;
    wait("the event is in the dead-letter queue", || {
        Ok(airline.deployment.messages("LoyaltyDeadLetterQueueUrl")? == 1)
    })?;
    airline.deployment.set_parameter("PointsRateParameter", "1")?;
    std::thread::sleep(Duration::from_millis(1_500));
    let (moved, _) = airline.redrive(|_| true)?;
    ensure!(moved.len() == 1, "redriven: {moved:?}");
    loyalty_is_idle(airline)?;
    let accounts = airline.items("LoyaltyTableName")?;
    let gil = accounts.iter().find(|item| item["pk"] == "traveller#gil");
    ensure!(
        gil.is_some_and(|item| item["points"] == 119),
        "Gil has no points: {gil:?}"
    );
    Ok(exchanges.into())
}

fn loyalty_is_idle(airline: &Airline) -> Result<()> {
    wait("the loyalty queue is empty", || {
        Ok(airline.deployment.messages("LoyaltyQueueUrl")? == 0)
    })
}

fn wait(what: &str, condition: impl Fn() -> Result<bool>) -> Result<()> {
    let started = Instant::now();
    while !condition()? {
        ensure!(
            started.elapsed() < PATIENCE,
            "timed out after {PATIENCE:?} waiting until {what}"
        );
        std::thread::sleep(Duration::from_millis(200));
    }
    Ok(())
}

/// Waits until the handlers of all requests have sent their traces, or a timeout passes.
fn settle(airline: &Airline) -> Result<()> {
    const PATIENCE: Duration = Duration::from_secs(10);
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        std::thread::sleep(Duration::from_millis(500));
        let telemetry = airline.capture()?.read();
        let forest = Forest::of(&telemetry.segments);
        let nodes = forest.nodes();
        let is_answered = |at: usize| forest.below(at).iter().any(|below| is_handler(nodes[*below].segment));
        let handlers = nodes.iter().filter(|node| is_handler(node.segment)).count();
        if handlers >= telemetry.reports()
            && (0..nodes.len()).all(|at| !nodes[at].segment.is_segment() || is_answered(at))
        {
            return Ok(());
        }
    }
    Ok(())
}

fn exchange(title: &'static str, request: String, expected: u16, answer: Answer) -> Exchange {
    Exchange {
        title,
        request,
        expected,
        status: answer.status,
        answer: answer.body,
    }
}

fn shown(request: &Request) -> String {
    let mut body = request.body.clone();
    body["offer"] = "…".into();
    format!("POST /bookings {body}")
}
