//! 500 bookings of 50 seats by many travellers at once, with faults between functions, AWS and the payment API.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use serde_json::{Value, json};

use super::suite::{FLIGHT, OTHER_FLIGHT, Storm, Suite};
use crate::airline::{Losses, Request, Traveller, seats};
use crate::local_aws::{Client, Faults};
use crate::test::end_to_end::wait::{joined, wait_until};
use crate::ui;

const BOOKINGS: usize = 500;

/// The travellers who book at the same time, each one booking after the other.
const TRAVELLERS: usize = 12;

/// The share of each fault in all calls of AWS, and of lost requests and lost answers at the payment API.
const ODDS: f64 = 0.08;
const PAYMENT_ODDS: f64 = 0.1;

/// The variable with the seed, to repeat a run.
const SEED: &str = "AIRLINE_BOOKING_SEED";

/// A booking, and what is expected of it if it gets its seat.
struct Plan {
    traveller: usize,
    seat: String,
    payment_token: &'static str,
    contact: &'static str,
    /// Whether the first answer is lost, so that the request is repeated.
    answer_lost: bool,
}

/// Makes all bookings under faults. All requests must be answered, and all sagas must end.
pub(super) fn weather(suite: &Suite) -> Result<Storm> {
    let seed = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| Rng::new().u64(..));
    println!("seed {seed}; to repeat the bookings, set {SEED}={seed}");
    let plans = plans(&mut Rng::with_seed(seed));
    let abandoned = abandon(suite)?;
    suite.airline.payments.lose(Some(Losses {
        seed,
        share: PAYMENT_ODDS,
    }));
    stir_up(&suite.faults)?;
    let about = format!("Making {BOOKINGS} bookings, {TRAVELLERS} travellers at once, under faults");
    let done = ui::task(about, || all_at_once(suite, &plans));
    let injected = suite.faults.made()?;
    suite.faults.set_rules(&json!([]))?;
    suite.airline.payments.lose(None);
    let mut requests = done?;
    requests.extend(abandoned.iter().map(|(id, request)| (id.clone(), request.clone())));
    ensure!(
        requests.len() == BOOKINGS + abandoned.len(),
        "{} bookings",
        requests.len()
    );
    let books = suite.airline.payments.books();
    println!(
        "injected {injected:?}; of {} requests for payments, {} were lost, and {} answers",
        books.requests, books.lost.0, books.lost.1
    );
    ensure!(books.lost.0 > 0 && books.lost.1 > 0, "the payment API lost nothing");
    for kind in ["error", "reset", "abort"] {
        ensure!(
            injected.keys().any(|fault| fault.contains(kind)),
            "no call had the fault {kind}"
        );
    }
    Ok(Storm {
        requests,
        abandoned: abandoned.into_keys().collect(),
    })
}

fn plans(rng: &mut Rng) -> Vec<Plan> {
    let seats = seats();
    let plan = |number: usize| Plan {
        traveller: number % TRAVELLERS,
        seat: seats[rng.usize(..seats.len())].clone(),
        payment_token: if rng.u8(..5) == 0 { "tok_declined" } else { "tok_visa" },
        contact: if rng.u8(..4) == 0 {
            "nowhere.invalid"
        } else {
            "example.com"
        },
        answer_lost: rng.u8(..10) == 0,
    };
    (0..BOOKINGS).map(plan).collect()
}

fn all_at_once(suite: &Suite, plans: &[Plan]) -> Result<BTreeMap<String, Request>> {
    let airline = &suite.airline;
    std::thread::scope(|scope| {
        let travellers = (0..TRAVELLERS).map(|number| {
            scope.spawn(move || -> Result<Vec<(String, Request)>> {
                let traveller = Traveller::new(&format!("traveller-{number}"));
                let mut made = Vec::new();
                let mut offer = Value::Null;
                for (nth, plan) in plans.iter().filter(|plan| plan.traveller == number).enumerate() {
                    // An offer is valid for 20 seconds in the local AWS.
                    if nth % 8 == 0 {
                        offer = Traveller::offer(airline, FLIGHT)?;
                    }
                    let mut request = traveller.request(FLIGHT, &plan.seat, &offer, &format!("storm-{nth}"));
                    request.body["paymentToken"] = plan.payment_token.into();
                    request.body["contact"] = format!("{}@{}", traveller.name, plan.contact).into();
                    let id = match Traveller::persist(airline, &request) {
                        // The offer ended while requests were repeated under faults.
                        Err(error) if error.to_string().contains("offer_expired") => {
                            request.body["offer"] = Traveller::offer(airline, FLIGHT)?;
                            Traveller::persist(airline, &request)?
                        }
                        id => id?,
                    };
                    if plan.answer_lost {
                        let again = Traveller::persist(airline, &request)?;
                        ensure!(again == id, "{request:?} made two bookings, {id} and {again}");
                    }
                    Traveller::wait(airline, &id)?;
                    made.push((id, request));
                }
                Ok(made)
            })
        });
        let travellers: Vec<_> = travellers.collect();
        let mut requests = BTreeMap::new();
        for made in travellers {
            requests.extend(joined(made)?);
        }
        Ok(requests)
    })
}

/// Begins bookings, and aborts their sagas as soon as they run: seats may be held, and payments collected.
fn abandon(suite: &Suite) -> Result<BTreeMap<String, Request>> {
    let airline = &suite.airline;
    let offer = Traveller::offer(airline, OTHER_FLIGHT)?;
    let mut abandoned = BTreeMap::new();
    for (number, seat) in seats().into_iter().take(5).enumerate() {
        let request = Traveller::new("lost").request(OTHER_FLIGHT, &seat, &offer, &format!("lost-{number}"));
        let id = Traveller::persist(airline, &request)?;
        std::thread::sleep(Duration::from_millis(60 * number as u64));
        let stop = json!({ "executionArn": airline.execution_arn(&id)? });
        // It may have ended.
        let _ = airline
            .deployment
            .client()
            .json("states", "AWSStepFunctions.StopExecution", &stop);
        abandoned.insert(id, request);
    }
    Ok(abandoned)
}

/// Each of the bookings whose sagas were aborted is cancelled after it expires, unless it was confirmed before.
pub(super) fn abandoned(suite: &Suite) -> Result<()> {
    suite.after_storm(|storm| {
        wait_until("the schedule has released the abandoned bookings", || {
            std::thread::sleep(Duration::from_secs(1));
            let items = suite.airline.items("BookingTableName")?;
            let is_open = |status: &Value| status != "confirmed" && status != "cancelled";
            let open = items
                .iter()
                .filter(|item| item["sk"] == "booking" && is_open(&item["status"]));
            Ok(open.count() == 0)
        })?;
        let items = suite.airline.items("BookingTableName")?;
        let expired = items
            .iter()
            .filter(|item| item.get("reason").is_some_and(|reason| reason == "expired"))
            .filter_map(|item| item["id"].as_str())
            .filter(|id| storm.abandoned.contains(*id))
            .count();
        ensure!(expired > 0, "none of the aborted sagas left a booking to release");
        ensure!(
            !items.iter().any(|item| item["pk"] == "pending"),
            "a booking is still pending"
        );
        Ok(())
    })
}

/// A harmless call of each service, to make the proxy read its models, which takes seconds.
const FIRST_CALLS: [(&str, &str); 5] = [
    ("dynamodb", "DynamoDB_20120810.ListTables"),
    ("ssm", "AmazonSSM.DescribeParameters"),
    ("secretsmanager", "secretsmanager.ListSecrets"),
    ("states", "AWSStepFunctions.ListStateMachines"),
    ("sns", ""),
];

/// Makes the proxy read the models of all services.
pub(super) fn warm_up(faults: &Faults) -> Result<()> {
    let rule = json!({ "error": { "code": "ThrottlingException", "status": 400 } });
    faults.set_rules(&json!([rule]))?;
    let proxy = Client::new(faults.endpoint().to_owned());
    for (service, target) in FIRST_CALLS {
        let called = if target.is_empty() {
            proxy.query(service, "ListTopics", &[]).map(|_| ())
        } else {
            proxy.json(service, target, &json!({})).map(|_| ())
        };
        ensure!(called.is_err(), "the proxy injects no faults into {service}");
    }
    faults.set_rules(&json!([]))
}

fn stir_up(faults: &Faults) -> Result<()> {
    let failed = json!({ "error": { "code": "InternalServerError", "status": 500 } });
    let reset = json!({ "reset": true });
    // The request takes effect, but its answer is lost.
    let unanswered = json!({ "response": { "abort_bytes": 0 } });
    let often = |mut rule: Value| {
        rule["probability"] = (ODDS / 3.0).into();
        rule
    };
    faults
        .set_rules(&Value::Array([failed, reset, unanswered].map(often).into()))
        .context("the faults cannot be set")
}
