//! A thousand random operations with throttling, errors and resets between the functions and AWS.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use fastrand::Rng;
use serde_json::{Value, json};

use super::model::{Cart, Contents, Model};
use crate::local_aws::{Client, Faults, TableStream};
use crate::shopping_cart::{Call, Shop, Shopper, key};
use crate::test::end_to_end::wait::joined;
use crate::ui;

const OPERATIONS: usize = 1_000;
const SHOPPERS: usize = 20;
/// The number of concurrent shoppers.
const THREADS: usize = 5;

/// The variable with the seed, to repeat a run.
const SEED: &str = "SHOPPING_CART_SEED";

/// One operation with its expected answer.
struct Operation {
    cart: Cart,
    call: Call,
    status: u16,
    /// The expected contents of a list.
    contents: Contents,
    /// Whether the first answer is lost, so that the shopper repeats the request.
    answer_lost: bool,
}

/// The results of the operations.
pub(super) struct Storm {
    pub(super) model: Model,
    pub(super) shoppers: Vec<Shopper>,
    products: Vec<String>,
    /// The contents of other carts before.
    before: BTreeMap<String, u64>,
}

/// Runs the operations under faults. All answers must be the expected ones.
pub(super) fn weather(shop: &Shop, faults: &Faults) -> Result<Storm> {
    let seed = std::env::var(SEED).ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| Rng::new().u64(..));
    println!("seed {seed}; to repeat the operations, set {SEED}={seed}");
    let products = shop.products()?;
    let (operations, model) = operations(&mut Rng::with_seed(seed), &products);
    let before = products
        .iter()
        .map(|product| Ok((product.clone(), Shopper::default().total(shop, product)?)));
    let before = before.collect::<Result<_>>()?;
    let mut shoppers: Vec<_> = (0..SHOPPERS)
        .map(|shopper| Shopper::signed_in(shop, &format!("storm-{shopper}")))
        .collect::<Result<_>>()?;

    stir_up(faults)?;
    let about = format!("Running {OPERATIONS} operations, {THREADS} concurrently, under faults");
    let done = ui::task(about, || all_at_once(shop, &mut shoppers, &operations));
    calm_down(faults)?;
    done?;
    Ok(Storm {
        model,
        shoppers,
        products,
        before,
    })
}

impl Storm {
    /// Fails if a cart or a total differs from the model.
    pub(super) fn compare(&self, shop: &Shop) -> Result<()> {
        for product in &self.products {
            let expected = self.before[product] + self.model.total(product);
            let found = Shopper::default().total(shop, product)?;
            ensure!(
                found == expected,
                "the total of {product} is {found}, the model has {expected}"
            );
        }
        for (number, shopper) in self.shoppers.iter().enumerate() {
            for cart in [Cart::Anonymous(number), Cart::User(number)] {
                let found = contents(&list(shop, &mut of(shopper, cart))?)?;
                let expected = self.model.contents(cart);
                ensure!(found == expected, "{cart:?} has {found:?}, the model has {expected:?}");
            }
        }
        Ok(())
    }
}

/// Generates the operations with their expected answers; those of one shopper are sequential.
fn operations(rng: &mut Rng, products: &[String]) -> (Vec<Operation>, Model) {
    let mut model = Model::default();
    let operation = |_| {
        let shopper = rng.usize(..SHOPPERS);
        let cart = if rng.bool() {
            Cart::User(shopper)
        } else {
            Cart::Anonymous(shopper)
        };
        let product = products[rng.usize(..products.len())].clone();
        let (cart, call) = match rng.u32(..100) {
            0..45 => {
                let quantity = if rng.u8(..10) == 0 {
                    -rng.i64(1..=3)
                } else {
                    rng.i64(1..=5)
                };
                (cart, Call::Add { product, quantity })
            }
            45..70 => {
                let quantity = rng.u64(0..=9);
                (cart, Call::Update { product, quantity })
            }
            70..85 => (cart, Call::List),
            85..95 => (Cart::User(shopper), Call::Migrate),
            _ => (Cart::User(shopper), Call::Checkout),
        };
        let status = model.apply(cart, &call);
        let contents = model.contents(cart);
        Operation {
            cart,
            call,
            status,
            contents,
            answer_lost: rng.u8(..10) == 0,
        }
    };
    let operations = (0..OPERATIONS).map(operation).collect();
    (operations, model)
}

/// The share of each fault in all calls of AWS.
const ODDS: f64 = 0.12;

/// A harmless call of each service.
const CALLS: [(&str, &str); 3] = [
    ("dynamodb", "DynamoDB_20120810.ListTables"),
    ("sqs", "AmazonSQS.ListQueues"),
    ("ssm", "AmazonSSM.DescribeParameters"),
];

/// Calls each service once through the proxy, whose first call of a service takes longer than a function waits for it.
pub(super) fn warm_up(faults: &Faults) -> Result<()> {
    let proxy = Client::new(faults.endpoint().to_owned());
    for (service, target) in CALLS {
        proxy.json(service, target, &json!({}))?;
    }
    Ok(())
}

/// Injects faults between the functions and AWS.
fn stir_up(faults: &Faults) -> Result<()> {
    let throttled = json!({ "error": { "code": "ThrottlingException", "status": 400 } });
    // The proxy reads its models at the first fault of a service, which takes seconds.
    faults.set_rules(&json!([throttled]))?;
    let proxy = Client::new(faults.endpoint().to_owned());
    for (service, target) in CALLS {
        ensure!(
            proxy.json(service, target, &json!({})).is_err(),
            "the proxy injects no faults for {service}"
        );
    }
    let failed = json!({ "error": { "code": "InternalServerError", "status": 500 } });
    let reset = json!({ "reset": true });
    // The request takes effect, but its answer is lost.
    let unanswered = json!({ "response": { "abort_bytes": 0 } });
    let often = |mut rule: Value| {
        rule["probability"] = ODDS.into();
        rule
    };
    faults.set_rules(&Value::Array([throttled, failed, reset, unanswered].map(often).into()))
}

/// Ends the faults, and checks that there were faults of every kind.
fn calm_down(faults: &Faults) -> Result<()> {
    faults.set_rules(&json!([]))?;
    let made = faults.made()?;
    println!("injected faults: {made:?}");
    for kind in ["error", "reset", "abort"] {
        let some = made
            .keys()
            .any(|fault| fault.starts_with("dynamodb TransactWriteItems") && fault.contains(kind));
        ensure!(some, "no transaction had the fault {kind}");
    }
    Ok(())
}

/// Runs the shoppers' operations, and delivers the table's changes.
fn all_at_once(shop: &Shop, shoppers: &mut [Shopper], operations: &[Operation]) -> Result<()> {
    let finished = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let totals = scope.spawn(|| aggregate(shop.deployment.client(), &finished));
        let chunk = SHOPPERS.div_ceil(THREADS);
        let chunks = shoppers.chunks_mut(chunk).enumerate();
        let threads = chunks.map(|(at, some)| scope.spawn(move || shopping(shop, some, at * chunk, operations)));
        let threads: Vec<_> = threads.collect();
        let done: Result<Vec<_>> = threads.into_iter().map(joined).collect();
        finished.store(true, Ordering::Relaxed);
        let failures = joined(totals)?;
        let requests: usize = done?.into_iter().sum();
        println!("{requests} requests for {OPERATIONS} operations; {failures} batches of the stream failed");
        Ok(())
    })
}

/// Runs the operations of some shoppers in order, beginning with this number, and returns the number of requests.
fn shopping(shop: &Shop, shoppers: &mut [Shopper], first: usize, operations: &[Operation]) -> Result<usize> {
    let mut requests = 0;
    for operation in operations {
        let number = operation.cart.shopper();
        let Some(shopper) = number.checked_sub(first).and_then(|at| shoppers.get_mut(at)) else {
            continue;
        };
        // A browser that loses the answer to its first request would return as a different shopper.
        if shopper.cookie.is_none() {
            let mut stranger = Shopper::default();
            list(shop, &mut stranger)?;
            shopper.cookie = stranger.cookie;
        }
        let mut acting = of(shopper, operation.cart);
        let key = key();
        if operation.answer_lost {
            requests += acting.clone().persist_with(shop, &operation.call, &key)?.1.len();
        }
        let (answer, segments) = acting.persist_with(shop, &operation.call, &key)?;
        requests += segments.len();
        shopper.cookie = acting.cookie;
        let asked = || format!("{:?} {:?}", operation.cart, operation.call);
        let expected = operation.status;
        ensure!(
            answer.status == expected,
            "{}: expected status {expected}, found {}: {}",
            asked(),
            answer.status,
            answer.body
        );
        if matches!(operation.call, Call::List | Call::Migrate) {
            let found = contents(&answer.json()?)?;
            ensure!(
                found == operation.contents,
                "{}: {found:?}, the model has {:?}",
                asked(),
                operation.contents
            );
        }
    }
    Ok(requests)
}

/// Returns the shopper as the owner of that cart: only a signed-in shopper sends the token.
fn of(shopper: &Shopper, cart: Cart) -> Shopper {
    let mut shopper = shopper.clone();
    if matches!(cart, Cart::Anonymous(_)) {
        shopper.token = None;
    }
    shopper
}

fn list(shop: &Shop, shopper: &mut Shopper) -> Result<Value> {
    shopper.persist(shop, &Call::List)?.0.json()
}

/// Returns the contents of the cart in a listing.
pub(super) fn contents(listing: &Value) -> Result<Contents> {
    let items = listing["items"]
        .as_array()
        .with_context(|| format!("no listing: {listing}"))?;
    let items = items
        .iter()
        .map(|item| Some((item["productId"].as_str()?.to_owned(), item["quantity"].as_u64()?)));
    items
        .collect::<Option<_>>()
        .with_context(|| format!("no listing: {listing}"))
}

/// Delivers the table's changes during the operations, and the rest afterwards, and returns the number of failed batches.
fn aggregate(client: &Client, finished: &AtomicBool) -> Result<usize> {
    let mut stream = TableStream::take_over(client, "stream-aggregator")?;
    loop {
        let last = finished.load(Ordering::Relaxed);
        stream.deliver()?;
        if last {
            return Ok(stream.failures);
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}
