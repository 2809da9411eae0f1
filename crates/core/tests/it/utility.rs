//! A utility in an invocation: how it joins, its state, and the facts that it is told.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_core::{
    AfterResponse, Environment, Fact, HttpFacts, Invocation, InvocationExt, InvocationLayer, Utility,
};
use tower::ServiceExt;
use tower_layer::Layer;

/// Counts calls, and keeps the counts of finished invocations.
#[derive(Default)]
struct Counter {
    finished: Mutex<Vec<usize>>,
    /// The facts that it was told.
    facts: Mutex<Vec<String>>,
    states: AtomicUsize,
}

impl Utility for Counter {
    type State = AtomicUsize;

    fn state(&self, _: &Invocation) -> AtomicUsize {
        self.states.fetch_add(1, Ordering::Relaxed);
        AtomicUsize::new(0)
    }

    fn on_fact(&self, _: &Invocation, _: &AtomicUsize, fact: &Fact<'_>) {
        self.facts.lock().unwrap().push(format!("{fact:?}"));
    }

    fn on_finish(&self, _: &Invocation, count: &AtomicUsize) {
        self.finished.lock().unwrap().push(count.load(Ordering::Relaxed));
    }
}

fn count() -> Option<usize> {
    Invocation::with(|_: &Arc<Counter>, count| count.fetch_add(1, Ordering::Relaxed))
}

async fn invoke<F: Future<Output = ()> + Send + 'static>(
    layer: &InvocationLayer,
    handler: impl Fn() -> F + Send + Sync,
) {
    let service = tower::service_fn(|_| {
        let work = handler();
        async move {
            work.await;
            Ok::<_, std::convert::Infallible>(())
        }
    });
    let Ok(()) = layer.layer(service).oneshot(request(context(), "{}")).await;
}

fn layer(environment: &TestEnvironment) -> InvocationLayer {
    InvocationLayer::new(Environment::clone(environment.environment()))
}

#[tokio::test]
async fn each_invocation_has_a_state_that_free_functions_find() {
    let (environment, counter) = (TestEnvironment::new(), Arc::new(Counter::default()));
    let layer = layer(&environment).with(&counter);
    for times in [3, 0, 5] {
        invoke(&layer, move || async move {
            for _ in 0..times {
                count();
            }
        })
        .await;
    }
    assert_eq!(*counter.finished.lock().unwrap(), [3, 0, 5]);
    assert_eq!(count(), None, "outside an invocation");
}

#[tokio::test]
async fn two_utilities_of_one_type_keep_a_state_each() {
    let environment = TestEnvironment::new();
    let (first, second) = (Arc::new(Counter::default()), Arc::new(Counter::default()));
    let late = Arc::clone(&second);
    invoke(&layer(&environment).with(&first), move || {
        let late = Arc::clone(&late);
        async move {
            count();
            let invocation = Invocation::current().unwrap();
            assert!(invocation.state_of(&late).is_none());
            invocation.join(&late).unwrap().store(7, Ordering::Relaxed);
            assert_eq!(invocation.state_of(&late).unwrap().load(Ordering::Relaxed), 7);
            assert_eq!(invocation.utilities::<Counter>().count(), 2);
            // Free functions go to the one that joined first.
            count();
        }
    })
    .await;
    assert_eq!(*first.finished.lock().unwrap(), [2]);
    assert_eq!(
        *second.finished.lock().unwrap(),
        [7],
        "who joined without a layer is finished with the first"
    );
}

#[tokio::test]
async fn a_part_of_a_utility_may_come_before_its_layer() {
    let (environment, counter) = (TestEnvironment::new(), Arc::new(Counter::default()));
    let invocation = Invocation::new(context(), environment.environment());
    invocation.join(&counter).unwrap().store(4, Ordering::Relaxed);
    let open = layer(&environment).with(&counter);
    let handled = async { invoke(&open, || async { assert_eq!(count(), Some(4)) }).await };
    handled.with_invocation(invocation).await;
    assert_eq!(counter.states.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_utility_that_joins_after_the_end_is_finished_at_once() {
    let environment = TestEnvironment::new();
    let (first, late) = (Arc::new(Counter::default()), Arc::new(Counter::default()));
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    invoke(&layer(&environment).with(&first), move || {
        *keep.lock().unwrap() = Invocation::current();
        async {}
    })
    .await;
    let over: Invocation = kept.lock().unwrap().take().unwrap();
    assert!(over.is_finished());
    over.join(&late);
    over.join(&late);
    assert_eq!(*late.finished.lock().unwrap(), [0]);
}

#[tokio::test]
async fn a_utility_that_joins_while_others_are_finished_is_finished_once() {
    /// Lets another one of its type join when it is finished.
    #[derive(Default)]
    struct Follows {
        next: Option<Arc<Self>>,
        finished: AtomicUsize,
    }
    impl Utility for Follows {
        type State = ();
        fn state(&self, _: &Invocation) {}
        fn on_finish(&self, invocation: &Invocation, (): &()) {
            self.finished.fetch_add(1, Ordering::Relaxed);
            if let Some(next) = &self.next {
                invocation.join(next);
            }
        }
    }
    let environment = TestEnvironment::new();
    let next = Arc::new(Follows::default());
    let first = Arc::new(Follows {
        next: Some(Arc::clone(&next)),
        finished: AtomicUsize::new(0),
    });
    invoke(&layer(&environment).with(&first), || async {}).await;
    assert_eq!(first.finished.load(Ordering::Relaxed), 1);
    assert_eq!(next.finished.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_utility_without_a_layer_of_its_type_keeps_a_state_and_does_not_act() {
    let (environment, counter) = (TestEnvironment::new(), Arc::new(Counter::default()));
    let joining = Arc::clone(&counter);
    invoke(&layer(&environment), move || {
        let joining = Arc::clone(&joining);
        async move {
            Invocation::current().unwrap().join(&joining);
            assert_eq!(count(), Some(0));
            assert_eq!(count(), Some(1));
        }
    })
    .await;
    assert!(counter.finished.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_layer_that_is_shut_down_tells_only_utilities_of_its_types() {
    #[derive(Default)]
    struct Told<const TYPE: u8>(AtomicUsize);
    impl<const TYPE: u8> Utility for Told<TYPE> {
        type State = ();
        fn state(&self, _: &Invocation) {}
        fn near_deadline(&self, _: &Invocation, (): &()) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let environment = TestEnvironment::new();
    let (mine, other) = (Arc::new(Told::<1>::default()), Arc::new(Told::<2>::default()));
    let of_mine = layer(&environment).with(&mine);
    invoke(&layer(&environment).with(&mine).with(&other), move || {
        let of_mine = of_mine.clone();
        async move { of_mine.shutdown() }
    })
    .await;
    assert_eq!(mine.0.load(Ordering::Relaxed), 1);
    assert_eq!(other.0.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_fact_reaches_only_the_utilities_of_its_invocation() {
    struct Deaf;
    impl Utility for Deaf {
        type State = ();
        fn state(&self, _: &Invocation) {}
        fn on_fact(&self, _: &Invocation, (): &(), _: &Fact<'_>) {
            panic!("cannot hear");
        }
    }
    let (environment, counter) = (TestEnvironment::new(), Arc::new(Counter::default()));
    let layer = layer(&environment).with(&Arc::new(Deaf)).with(&counter);
    let http = HttpFacts::new("GET", "https://example.com/orders/7").status(200);
    let facts = [
        Fact::Key {
            key: "order_id",
            value: 7.into(),
        },
        Fact::Http(http),
    ];
    let told = facts.clone();
    invoke(&layer, move || {
        let told = told.clone();
        async move {
            let invocation = Invocation::current().unwrap();
            for fact in &told {
                invocation.tell(fact);
            }
        }
    })
    .await;
    let expected = facts.map(|fact| format!("{fact:?}"));
    assert_eq!(*counter.facts.lock().unwrap(), expected);
    assert_eq!(
        environment.warnings(),
        ["a utility panicked while it was told a fact: cannot hear"]
    );
}

#[test]
fn a_utility_that_panics_at_its_state_does_not_take_part() {
    struct Broken;
    impl Utility for Broken {
        type State = ();
        fn state(&self, _: &Invocation) {
            panic!("no state");
        }
    }
    let environment = TestEnvironment::new();
    let invocation = Invocation::new(context(), environment.environment());
    assert!(invocation.join(&Arc::new(Broken)).is_none());
    assert_eq!(
        environment.warnings(),
        ["a utility panicked at the start of an invocation: no state"]
    );
}

#[tokio::test]
async fn each_utility_that_panics_is_a_warning_for_each_of_its_methods() {
    struct Broken<const N: u8>;
    impl<const N: u8> Utility for Broken<N> {
        type State = ();
        fn state(&self, _: &Invocation) {}
        fn on_start(&self, _: &Invocation, (): &(), _: &LambdaInvocation) {
            panic!("{N}");
        }
        fn on_finish(&self, _: &Invocation, (): &()) {
            panic!("{N}");
        }
        fn after_response(&self, _: &Invocation, (): &()) -> Option<AfterResponse> {
            Some(Box::pin(async { panic!("{N}") }))
        }
        fn on_shutdown(&self) {
            panic!("{N}");
        }
    }
    let environment = TestEnvironment::new();
    let layer = layer(&environment)
        .with(&Arc::new(Broken::<1>))
        .with(&Arc::new(Broken::<2>));
    for _ in 0..2 {
        invoke(&layer, async || ()).await;
        layer.shutdown();
    }
    let moments = [
        "at the start of an invocation",
        "at the end of an invocation",
        "in its work after the response",
        "at the end of the process",
    ];
    let expected: Vec<String> = moments
        .iter()
        .flat_map(|moment| [1, 2].map(|utility| format!("a utility panicked {moment}: {utility}")))
        .collect();
    assert_eq!(environment.warnings(), expected);
}
