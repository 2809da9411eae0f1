//! The shopping cart: whether it keeps its promises, in all weathers.

mod contract;
mod crowd;
mod model;
mod poison;
mod redelivery;
mod runtime_api;
mod storm;
mod times;
mod tokens;
mod traces;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::thread::ScopedJoinHandle;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use powertools_telemetry::{Forest, Telemetry};
use serde_json::{Value, json};

use super::checks::{self, Check};
use super::page;
use crate::local_aws::{Client, Faults, Reservation};
use crate::shopping_cart::Shop;
use crate::ui;

/// In this order: the earlier ones know what came before them.
const CHECKS: [Check<Suite>; 17] = [
    ("an anonymous cart is kept by a cookie that is safe", contract::cookies),
    ("what cannot be done is refused, and says why", contract::refusals),
    (
        "a purchase is done once, however often it is asked for",
        contract::a_purchase,
    ),
    ("pages of the shop, and no others, may call it", contract::cross_origin),
    (
        "only a token of the issuer, for us, in its time, is taken",
        tokens::verified,
    ),
    ("a key that is new is found", tokens::rotated),
    ("trouble of the product service is told", contract::product_service),
    ("each request has one trace with exactly its steps", traces::steps),
    ("32 shoppers at once see nothing of each other", crowd::shoppers),
    ("two devices that migrate at once lose nothing", crowd::devices),
    ("a poison message ends in the dead-letter queue alone", poison::message),
    ("1,000 operations under faults come to what the model has", |suite| {
        *suite.storm.borrow_mut() = Some(storm::weather(suite)?);
        suite.after_storm(|storm, suite| storm.compare(&suite.shop))
    }),
    ("changes that are delivered again change nothing", redelivery::changes),
    ("removals that are delivered again change nothing", redelivery::removals),
    ("every request has one trace, and every edge its end", traces::all),
    (page::WHOLE, |suite| {
        let capture = suite.shop.capture()?;
        page::is_whole(&page::of(&capture, "shopping-cart")?, &capture)
    }),
    ("cold starts and warm overheads", times::print),
];

/// The application under test.
struct Suite {
    shop: Shop,
    faults: Faults,
    storm: RefCell<Option<storm::Storm>>,
    /// How many invocations there were before the first check: those that Lambda reports, and those with a trace.
    invocations: (usize, usize),
}

pub(super) fn run() -> Result<()> {
    let place = Reservation::new()?;
    let shop = Shop::open(false, &[("AWS_ENDPOINT_URL", place.endpoint()?)])?;
    let faults = Faults::start_at(place, &shop.deployment.aws)?;
    let mut suite = Suite {
        shop,
        faults,
        storm: RefCell::default(),
        invocations: (0, 0),
    };
    suite.invocations = ui::task("Starting every function once", || suite.warm_up())?;
    let log = suite.shop.deployment.aws.log();
    checks::run(&suite, &CHECKS).with_context(|| format!("the log of MiniStack is {}", log.display()))
}

/// Waits for a thread; panics as it did.
fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Returns the product that a row of the table is of, where it is one of a cart.
fn product_of(row: &Value) -> Option<&str> {
    row["sk"]["S"].as_str()?.strip_prefix("product#")
}

/// How often each fault is made, of all calls of AWS.
const ODDS: f64 = 0.12;

impl Suite {
    /// Starts an environment of every function: MiniStack gives one ten seconds, which a busy machine may not be able to do.
    fn warm_up(&self) -> Result<(usize, usize)> {
        const ATTEMPTS: usize = 6;
        let client = self.shop.deployment.client();
        for function in self.shop.capture()?.logs.keys() {
            // What the function makes of this event does not matter.
            let start = || client.invoke(function, &json!({ "Records": [] }));
            let mut late = (0..ATTEMPTS).map_while(|_| {
                start()
                    .err()
                    .filter(|error| error.to_string().contains("did not reach"))
            });
            ensure!(late.nth(ATTEMPTS - 1).is_none(), "{function} does not start");
        }
        let traces = |telemetry: &Telemetry| Forest::of(&telemetry.segments).traces().len();
        let warm = self.telemetry_when(|telemetry| traces(telemetry) == telemetry.reports())?;
        Ok((warm.reports(), traces(&warm)))
    }

    /// Has faults come between the functions and AWS.
    fn stir_up(&self) -> Result<()> {
        let throttled = json!({ "error": { "code": "ThrottlingException", "status": 400 } });
        // The proxy reads its models at the first fault of a service, which takes seconds.
        self.faults.set_rules(&json!([throttled]))?;
        let proxy = Client::new(self.faults.endpoint().to_owned());
        for (service, target) in [
            ("dynamodb", "DynamoDB_20120810.ListTables"),
            ("sqs", "AmazonSQS.ListQueues"),
            ("ssm", "AmazonSSM.DescribeParameters"),
        ] {
            ensure!(
                proxy.json(service, target, &json!({})).is_err(),
                "the proxy makes no faults for {service}"
            );
        }
        let failed = json!({ "error": { "code": "InternalServerError", "status": 500 } });
        let reset = json!({ "reset": true });
        // It was done, and the answer is lost.
        let unanswered = json!({ "response": { "abort_bytes": 0 } });
        let often = |mut rule: Value| {
            rule["probability"] = ODDS.into();
            rule
        };
        self.faults
            .set_rules(&Value::Array([throttled, failed, reset, unanswered].map(often).into()))
    }

    /// Ends the faults; they have to have been of every kind.
    fn calm_down(&self) -> Result<()> {
        self.faults.set_rules(&json!([]))?;
        let made = self.faults.made()?;
        println!("faults made: {made:?}");
        for kind in ["error", "reset", "abort"] {
            let some = made
                .keys()
                .any(|fault| fault.starts_with("dynamodb TransactWriteItems") && fault.contains(kind));
            ensure!(some, "no transaction met the fault {kind}");
        }
        Ok(())
    }

    /// Returns every product in every cart, as it stands in the table.
    fn rows(&self) -> Result<Vec<Value>> {
        let (mut rows, mut start) = (Vec::new(), Value::Null);
        loop {
            let mut ask = json!({ "TableName": self.shop.deployment.output("CartTableName")? });
            if !start.is_null() {
                ask["ExclusiveStartKey"] = start;
            }
            let answer = self
                .shop
                .deployment
                .client()
                .json("dynamodb", "DynamoDB_20120810.Scan", &ask)?;
            let items = answer["Items"].as_array().cloned().unwrap_or_default();
            rows.extend(items.into_iter().filter(|item| product_of(item).is_some()));
            start = answer["LastEvaluatedKey"].clone();
            if start.is_null() {
                return Ok(rows);
            }
        }
    }

    /// Fails where a total is not the sum over all carts there are.
    fn totals_are_those_of_the_carts(&self) -> Result<()> {
        let mut sums = BTreeMap::<_, u64>::new();
        for row in self.rows()? {
            let quantity = row["quantity"]["N"]
                .as_str()
                .and_then(|number| number.parse::<u64>().ok());
            let product = product_of(&row).unwrap_or_default().to_owned();
            *sums.entry(product).or_default() += quantity.with_context(|| format!("{row}"))?;
        }
        for product in self.shop.products()? {
            let (sum, total) = (sums.get(&product).copied().unwrap_or(0), self.shop.total(&product)?);
            ensure!(total == sum, "the total of {product} is {total}, the carts have {sum}");
        }
        Ok(())
    }

    /// Waits for telemetry that is as it should be, a while at most, and returns it.
    fn telemetry_when(&self, complete: impl Fn(&Telemetry) -> bool) -> Result<Telemetry> {
        const PATIENCE: Duration = Duration::from_secs(20);
        let started = Instant::now();
        loop {
            let telemetry = self.shop.capture()?.read();
            if complete(&telemetry) || started.elapsed() > PATIENCE {
                return Ok(telemetry);
            }
            std::thread::sleep(Duration::from_millis(500));
        }
    }

    fn after_storm(&self, check: impl FnOnce(&storm::Storm, &Self) -> Result<()>) -> Result<()> {
        let storm = self.storm.borrow();
        check(storm.as_ref().context("the storm was not weathered")?, self)
    }
}

/// Waits until a condition is met; fails after a while.
fn wait_until(what: &str, condition: impl Fn() -> Result<bool>) -> Result<()> {
    const PATIENCE: Duration = Duration::from_mins(1);
    let started = Instant::now();
    ui::task(format!("Waiting until {what}"), || {
        while !condition()? {
            ensure!(
                started.elapsed() < PATIENCE,
                "after {PATIENCE:?} it was not so that {what}"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    })
}
