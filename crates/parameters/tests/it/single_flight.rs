//! Concurrent requests share one call, even if some of them are dropped.

use std::sync::atomic::Ordering;
use std::time::Duration;

use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_core::{Invocation, InvocationExt};
use powertools_lambda_parameters::Parameters;
use powertools_lambda_parameters::request::Fetch;

use crate::common::Counter;

fn parameters(counter: &Counter) -> Parameters<Counter> {
    Parameters::builder(counter.clone())
        .environment(TestEnvironment::new().environment().clone())
        .build()
}

fn invocation(request_id: &str) -> Invocation {
    let mut context = context();
    context.request_id = request_id.to_owned();
    Invocation::new(context, TestEnvironment::new().environment())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn ten_thousand_misses_of_one_key_are_one_call() {
    for _ in 0..5 {
        let counter = Counter::held();
        let parameters = parameters(&counter);
        let tasks: Vec<_> = (0..10_000)
            .map(|number| {
                let parameters = parameters.clone();
                tokio::spawn(async move {
                    // Text and number alike: what it is decoded into is no reason to ask again.
                    if number % 2 == 0 {
                        parameters.get("/a").await.unwrap().parse().unwrap()
                    } else {
                        *parameters.get("/a").json::<u32>().await.unwrap()
                    }
                })
            })
            .collect();
        counter.wait_until_begun(1).await;
        counter.allow(10);
        for task in tasks {
            assert_eq!(task.await.unwrap(), 1);
        }
        assert_eq!(counter.begun(), 1);
    }
}

#[tokio::test]
async fn a_leader_that_is_dropped_neither_fails_nor_stalls_nor_repeats() {
    let counter = Counter::held();
    let parameters = parameters(&counter);
    let mut leader = parameters.get("/a").into_future();
    assert!(futures_util::poll!(&mut leader).is_pending());
    let mut waiters: Vec<Fetch<_>> = (0..1_000).map(|_| parameters.get("/a").into_future()).collect();
    for waiter in &mut waiters {
        assert!(futures_util::poll!(waiter).is_pending());
    }
    drop(leader);
    counter.allow(10);
    for waiter in waiters {
        let value = tokio::time::timeout(Duration::from_secs(10), waiter).await;
        assert_eq!(&*value.expect("nobody waits in vain").unwrap(), "1");
    }
    assert_eq!(counter.begun(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_give_up_in_large_numbers_leave_the_last_one_its_answer() {
    let counter = Counter::held();
    let parameters = parameters(&counter);
    let impatient: Vec<_> = (0..2_000)
        .map(|_| {
            tokio::spawn(tokio::time::timeout(
                Duration::from_millis(50),
                parameters.get("/a").into_future(),
            ))
        })
        .collect();
    counter.wait_until_begun(1).await;
    let patient = tokio::spawn(parameters.get("/a").into_future());
    for task in impatient {
        assert!(task.await.unwrap().is_err());
    }
    counter.allow(10);
    assert_eq!(&*patient.await.unwrap().unwrap(), "1");
    assert_eq!(counter.begun(), 1);
}

#[tokio::test]
async fn a_fetch_runs_for_the_invocation_that_began_it() {
    let counter = Counter::held();
    let parameters = parameters(&counter);
    let one = tokio::spawn(async { 0 }); // another task in between
    let mut first = Box::pin(async { parameters.get("/a").await.unwrap() }.with_invocation(invocation("first")));
    assert!(futures_util::poll!(&mut first).is_pending());
    let second = async { parameters.get("/a").await.unwrap() }.with_invocation(invocation("second"));
    counter.allow(1);
    let (a, b) = tokio::join!(first, second);
    one.await.unwrap();
    assert_eq!((&*a, &*b), ("1", "1"));
    assert_eq!(*counter.0.invocations.lock().unwrap(), [Some("first".to_owned())]);
}

#[tokio::test]
async fn a_fetch_whose_caller_is_dropped_stays_with_its_invocation() {
    let counter = Counter::held();
    let parameters = parameters(&counter);
    let mut first = Box::pin(async { parameters.get("/a").await.unwrap() }.with_invocation(invocation("first")));
    assert!(futures_util::poll!(&mut first).is_pending());
    drop(first);
    counter.allow(1);
    assert_eq!(&*parameters.get("/a").await.unwrap(), "1");
    assert_eq!(*counter.0.invocations.lock().unwrap(), [Some("first".to_owned())]);
}

#[tokio::test]
async fn forced_fetches_share_a_call_but_never_one_that_began_before_them() {
    let counter = Counter::held();
    let parameters = parameters(&counter);
    let mut earlier = parameters.get("/a").into_future();
    assert!(futures_util::poll!(&mut earlier).is_pending());
    let mut forced: Vec<_> = (0..1_000)
        .map(|_| parameters.get("/a").force_fetch().into_future())
        .collect();
    for fetch in &mut forced {
        assert!(futures_util::poll!(fetch).is_pending());
    }
    counter.allow(10);
    assert_eq!(&*earlier.await.unwrap(), "1");
    for value in futures_util::future::join_all(forced).await {
        assert_eq!(&*value.unwrap(), "2");
    }
    assert_eq!(counter.begun(), 2);
}

#[tokio::test]
async fn what_was_asked_for_before_a_write_is_not_used_after_it() {
    let counter = Counter::held();
    let parameters = parameters(&counter);
    let mut before = parameters.get("/a").into_future();
    assert!(futures_util::poll!(&mut before).is_pending());
    parameters.invalidate("/a");
    let mut after = parameters.get("/a").into_future();
    assert!(futures_util::poll!(&mut after).is_pending());
    counter.allow(10);
    assert_eq!(&*before.await.unwrap(), "1", "it was asked for before");
    assert_eq!(&*after.await.unwrap(), "2");
    assert_eq!(&*parameters.get("/a").await.unwrap(), "2");
}

#[tokio::test]
async fn a_forced_fetch_that_a_write_overtakes_asks_once() {
    let counter = Counter::held();
    let parameters = parameters(&counter);
    let mut forced = parameters.get("/a").force_fetch().into_future();
    assert!(futures_util::poll!(&mut forced).is_pending());
    parameters.invalidate("/a");
    counter.allow(10);
    assert_eq!(&*forced.await.unwrap(), "1", "it was asked for before the write");
    assert_eq!(counter.begun(), 1);
    assert_eq!(&*parameters.get("/a").await.unwrap(), "2");
}

#[tokio::test]
async fn a_short_patience_does_not_get_what_a_long_one_is_content_with() {
    let environment = TestEnvironment::new();
    let counter = Counter::open();
    let parameters = Parameters::builder(counter.clone()).environment(&environment).build();
    parameters.get("/a").await.unwrap();
    environment.clock().advance(Duration::from_secs(10));
    let long = parameters.get("/a").max_age(Duration::from_mins(1)).into_future();
    let short = parameters.get("/a").into_future();
    let (long, short) = tokio::join!(long, short);
    assert_eq!((&*long.unwrap(), &*short.unwrap()), ("1", "2"));
}

#[tokio::test]
async fn calls_for_the_same_names_are_shared_and_each_name_is_kept() {
    let counter = Counter::held();
    let parameters = parameters(&counter);
    let requests = (0..100).map(|_| parameters.get_by_names(["/a", "/b"]).into_future());
    let all = futures_util::future::join_all(requests);
    let (all, ()) = tokio::join!(all, async {
        counter.wait_until_begun(1).await;
        counter.allow(10);
    });
    for values in all {
        let values = values.unwrap();
        assert_eq!((&*values["/a"], &*values["/b"]), ("1 /a", "1 /b"));
    }
    assert_eq!(&*parameters.get("/a").await.unwrap(), "1 /a");
    assert_eq!(counter.begun(), 1);
}

#[tokio::test]
async fn all_futures_can_be_spawned() {
    fn is_send<T: Send + 'static>(value: T) -> T {
        value
    }
    let counter = Counter::open();
    let parameters = is_send(parameters(&counter));
    tokio::spawn(is_send(parameters.get("/a").into_future()))
        .await
        .unwrap()
        .unwrap();
    tokio::spawn(is_send(parameters.get_multiple("/a").into_future()))
        .await
        .unwrap()
        .unwrap();
    tokio::spawn(is_send(parameters.get_by_names(["/a"]).into_future()))
        .await
        .unwrap()
        .unwrap();
    tokio::spawn(is_send(parameters.get_by_names(["/a"]).each().into_future()))
        .await
        .unwrap();
    assert!(counter.0.done.load(Ordering::SeqCst) >= 2);
}

#[test]
fn a_hit_needs_no_runtime_and_is_ready_at_once() {
    let parameters = parameters(&Counter::open());
    futures_util::future::FutureExt::now_or_never(async {
        parameters.get("/a").await.unwrap();
        let mut hit = parameters.get("/a").into_future();
        assert_eq!(format!("{hit:?}"), "Fetch(ready)");
        assert!(futures_util::poll!(&mut hit).is_ready());
        assert!(
            futures_util::poll!(&mut hit).is_pending(),
            "polled again it is pending, and does not panic"
        );
    })
    .expect("nothing waits");
}
