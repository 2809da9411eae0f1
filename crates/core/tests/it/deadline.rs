//! How the watch calls utilities near the deadlines of invocations.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use lambda_runtime::{Context, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_core::{Clock, Deadline, Environment, Invocation, InvocationFuture, InvocationLayer, Utility};
use tower_layer::Layer;
use tower_service::Service;

type Never = std::future::Pending<Result<(), std::convert::Infallible>>;

/// Records each call of `near_deadline`, which blocks while the gate is closed.
struct Told {
    lead: Duration,
    may_block: bool,
    /// `near_deadline` blocks until it is open.
    gate: Arc<Gate>,
    calls: Mutex<Vec<(String, Duration)>>,
}

#[derive(Default)]
struct Gate(Mutex<bool>, Condvar);

impl Gate {
    fn open() -> Arc<Self> {
        let gate = Arc::new(Self::default());
        gate.set();
        gate
    }

    fn set(&self) {
        *self.0.lock().unwrap() = true;
        self.1.notify_all();
    }

    fn pass(&self) {
        let closed = self.0.lock().unwrap();
        drop(self.1.wait_while(closed, |open| !*open).unwrap());
    }
}

impl Told {
    fn new(lead: Duration, may_block: bool, gate: &Arc<Gate>) -> Arc<Self> {
        Arc::new(Self {
            lead,
            may_block,
            gate: Arc::clone(gate),
            calls: Mutex::default(),
        })
    }

    fn count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }
}

impl Utility for Told {
    type State = ();

    fn state(&self, _: &Invocation) {}

    fn lead_time(&self, (): &()) -> Option<Duration> {
        Some(self.lead)
    }

    fn may_block(&self) -> bool {
        self.may_block
    }

    fn near_deadline(&self, invocation: &Invocation, (): &()) {
        self.gate.pass();
        let current = Invocation::current().expect("runs in the invocation's scope");
        assert!(current.is_same(invocation));
        self.calls
            .lock()
            .unwrap()
            .push((invocation.context().request_id.clone(), now()));
    }
}

fn now() -> Duration {
    Clock::system().monotonic()
}

fn with_deadline(request_id: &str, left: Duration) -> Context {
    let mut context = context();
    context.request_id = request_id.to_owned();
    let at = Clock::system().now() + left;
    context.deadline = u64::try_from(at.duration_since(UNIX_EPOCH).unwrap().as_millis()).unwrap();
    context
}

/// Starts an invocation whose handler hangs.
fn hang(layer: &InvocationLayer, context: Context) -> InvocationFuture<Never> {
    let mut service = layer.layer(tower::service_fn(|_: LambdaInvocation| -> Never {
        std::future::pending()
    }));
    service.call(request(context, "{}"))
}

fn layer() -> InvocationLayer {
    InvocationLayer::new(Environment::process())
}

/// Waits until a condition is true; fails the test after 20 seconds.
fn eventually(what: &str, holds: impl Fn() -> bool) {
    let begun = now();
    while !holds() {
        assert!(now() < begun + Duration::from_secs(20), "never: {what}");
        std::thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn each_utility_is_called_once_at_its_own_lead_time() {
    let gate = Gate::open();
    let early = Told::new(Duration::from_millis(800), true, &gate);
    let late = Told::new(Duration::from_millis(250), false, &gate);
    let begun = now();
    let layer = layer().with(&early).with(&late);
    let open = hang(&layer, with_deadline("7", Duration::from_secs(1)));
    eventually("both are told", || early.count() + late.count() == 2);
    let at = |told: &Told| told.calls.lock().unwrap()[0].1.saturating_sub(begun);
    assert!(at(&early) >= Duration::from_millis(150), "{:?}", at(&early));
    assert!(at(&late) >= Duration::from_millis(700), "{:?}", at(&late));
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!((early.count(), late.count()), (1, 1));
    drop(open);
}

#[test]
fn an_invocation_that_ends_in_time_calls_no_utility_near_the_deadline() {
    let told = Told::new(Duration::from_millis(100), false, &Gate::open());
    let layer = layer().with(&told);
    drop(hang(&layer, with_deadline("ended", Duration::from_millis(200))));
    let open = hang(&layer, with_deadline("open", Duration::from_millis(300)));
    eventually("the open one is told", || told.count() == 1);
    assert_eq!(told.calls.lock().unwrap()[0].0, "open");
    drop(open);
}

#[test]
fn what_blocks_delays_neither_another_utility_nor_another_invocation() {
    // The writing utility is called first and blocks, as if nobody read its output.
    let closed = Arc::new(Gate::default());
    let writing = Told::new(Duration::from_millis(600), true, &closed);
    let sending = Told::new(Duration::from_millis(250), false, &Gate::open());
    let layer = layer().with(&writing).with(&sending);
    let open: Vec<_> = (0..64)
        .map(|number| hang(&layer, with_deadline(&number.to_string(), Duration::from_millis(900))))
        .collect();
    eventually("all 64 have sent", || sending.count() == 64);
    assert_eq!(writing.count(), 0);
    closed.set();
    eventually("all 64 have written", || writing.count() == 64);
    drop(open);
}

#[test]
fn a_utility_that_joins_late_is_called_near_the_deadline() {
    // A second utility of a type whose first has a layer, and one in an inner layer.
    let first = Told::new(Duration::from_millis(50), false, &Gate::open());
    let second = Told::new(Duration::from_millis(100), false, &Gate::open());
    let inner = Told::new(Duration::from_millis(150), false, &Gate::open());
    let joining = Arc::clone(&second);
    let handler = tower::service_fn(move |_: LambdaInvocation| -> Never {
        Invocation::current().unwrap().join(&joining);
        std::future::pending()
    });
    let mut service = layer().with(&first).layer(layer().with(&inner).layer(handler));
    let open = service.call(request(with_deadline("7", Duration::from_millis(300)), "{}"));
    eventually("all are told", || {
        [&first, &second, &inner].iter().all(|told| told.count() == 1)
    });
    drop(open);
}

#[test]
fn a_panic_near_the_deadline_does_not_end_the_watch() {
    struct Panicking;
    impl Utility for Panicking {
        type State = ();
        fn state(&self, _: &Invocation) {}
        fn lead_time(&self, (): &()) -> Option<Duration> {
            Some(Duration::from_secs(1))
        }
        fn may_block(&self) -> bool {
            false
        }
        fn near_deadline(&self, _: &Invocation, (): &()) {
            panic!("too late");
        }
    }
    let told = Told::new(Duration::from_millis(100), false, &Gate::open());
    let layer = layer().with(&Arc::new(Panicking)).with(&told);
    let open = hang(&layer, with_deadline("7", Duration::from_millis(200)));
    eventually("the other is told", || told.count() == 1);
    drop(open);
}

#[test]
fn the_watch_follows_the_clock_of_a_test() {
    let environment = TestEnvironment::new();
    let told = Told::new(Duration::from_secs(1), false, &Gate::open());
    let layer = InvocationLayer::new(environment.environment().clone()).with(&told);
    let mut context = context();
    context.deadline = environment.clock().timestamp().as_millis() + 60_000;
    let open = hang(&layer, context);
    environment.clock().advance(Duration::from_secs(58));
    std::thread::sleep(Duration::from_millis(50));
    assert_eq!(told.count(), 0);
    environment.clock().advance(Duration::from_secs(1));
    eventually("it is told", || told.count() == 1);
    drop(open);
}

#[test]
fn shutdown_flushes_only_its_own_open_invocations() {
    let gate = Gate::open();
    let told = Told::new(Duration::from_millis(100), true, &gate);
    let other = Told::new(Duration::from_millis(100), true, &gate);
    let (layer, others) = (layer().with(&told), layer().with(&other));
    let open = hang(&layer, with_deadline("open", Duration::from_mins(15)));
    let of_other = hang(&others, with_deadline("other", Duration::from_mins(15)));
    drop(hang(&layer, with_deadline("ended", Duration::from_mins(15))));
    layer.shutdown();
    assert_eq!((told.count(), other.count()), (1, 0));
    assert_eq!(told.calls.lock().unwrap()[0].0, "open");
    drop((open, of_other));
}

#[tokio::test]
async fn a_future_waits_for_the_deadline_of_its_invocation() {
    let clock = Environment::process().clock().clone();
    let deadline = Deadline::of(&with_deadline("7", Duration::from_millis(200)), &clock).unwrap();
    let mut near = std::pin::pin!(deadline.near(Duration::from_millis(100)));
    assert!(futures_util::poll!(&mut near).is_pending());
    near.as_mut().await;
    assert!(deadline.remaining() <= Duration::from_millis(100));
    near.await; // it may be polled again
    assert!(Deadline::of(&context(), &clock).is_none());
}
