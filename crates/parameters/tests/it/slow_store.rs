//! Stores that answer late or never: how long a request waits, with and without an older answer.

use std::sync::Arc;
use std::time::Duration;

use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_core::{Invocation, InvocationExt};
use powertools_lambda_parameters::Parameters;
use tokio::time::Instant;

use crate::common::Counter;

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_hours(1);

/// A store that has answered once for each kind of request and then answers no more, with answers that are too old.
async fn silent_store() -> (TestEnvironment, Counter, Parameters<Counter>) {
    let (environment, counter) = (TestEnvironment::new(), Counter::held());
    let builder = Parameters::builder(counter.clone()).environment(&environment);
    let parameters = builder.stale_if_error(HOUR).build();
    counter.allow(3);
    assert_eq!(&*parameters.get("/a").await.unwrap(), "1");
    assert_eq!(&*parameters.get_multiple("/").await.unwrap()["number"], "2");
    assert_eq!(&*parameters.get_by_names(["/b", "/c"]).await.unwrap()["/c"], "3 /c");
    environment.clock().advance(60 * SECOND);
    (environment, counter, parameters)
}

/// Returns the time that `future` takes.
async fn time_of(future: impl Future<Output = ()>) -> Duration {
    let begun = Instant::now();
    future.await;
    begun.elapsed()
}

#[tokio::test(start_paused = true)]
async fn a_store_that_never_answers_is_waited_for_one_second_if_there_is_an_older_answer() {
    let (environment, counter, parameters) = silent_store().await;
    let one = async || assert_eq!(&*parameters.get("/a").await.unwrap(), "1");
    let list = async || assert_eq!(&*parameters.get_multiple("/").await.unwrap()["number"], "2");
    let names = async || assert_eq!(&*parameters.get_by_names(["/b", "/c"]).await.unwrap()["/b"], "3 /b");
    let each = async || {
        let each = parameters.get_by_names(["/b"]).each().await;
        assert_eq!(&**each["/b"].as_ref().unwrap(), "3 /b");
    };
    assert_eq!(time_of(one()).await, SECOND);
    assert_eq!(time_of(list()).await, SECOND);
    assert_eq!(time_of(names()).await, SECOND);
    // The store is left alone for `failure_age`, like one that fails.
    assert_eq!(
        time_of(async {
            tokio::join!(one(), list(), names(), each());
        })
        .await,
        Duration::ZERO
    );
    assert_eq!(counter.begun(), 6);
    environment.clock().advance(SECOND);
    assert_eq!(
        time_of(async {
            tokio::join!(one(), list(), names(), each());
        })
        .await,
        SECOND
    );
}

#[tokio::test(start_paused = true)]
async fn the_wait_ends_before_the_deadline_of_the_invocation() {
    let (environment, _, parameters) = silent_store().await;
    let mut context = context();
    context.deadline = environment.clock().timestamp().as_millis() + 300;
    let invocation = Invocation::new(context, environment.environment());
    let read = async {
        parameters.get("/a").await.unwrap();
        environment.clock().advance(Duration::from_millis(150)); // this clock does not move by itself
        parameters.get_multiple("/").await.unwrap();
    };
    let waited = time_of(read.with_invocation(invocation)).await;
    assert_eq!(waited, Duration::from_millis(150 + 75));
}

#[tokio::test(start_paused = true)]
async fn a_store_that_is_slower_than_the_limit_still_renews_the_answer() {
    let (environment, counter, parameters) = silent_store().await;
    assert_eq!(&*parameters.get("/a").await.unwrap(), "1");
    counter.allow(1);
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(&*parameters.get("/a").await.unwrap(), "4");
    environment.clock().advance(4 * SECOND);
    assert_eq!(
        &*parameters.get("/a").await.unwrap(),
        "4",
        "it is as young as any other"
    );
    assert_eq!(counter.begun(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_an_older_answer_waits_for_the_store() {
    let (environment, counter, parameters) = silent_store().await;
    for request in [
        parameters.get("/new").into_future(),
        parameters.get("/a").force_fetch().into_future(),
    ] {
        assert!(tokio::time::timeout(10 * SECOND, request).await.is_err());
    }
    // One name that is new makes the whole request wait.
    let both = parameters.get_by_names(["/b", "/new"]).into_future();
    assert!(tokio::time::timeout(10 * SECOND, both).await.is_err());
    // An answer that became obsolete while the request waited is not returned.
    let mut waiting = parameters.get("/b").into_future();
    assert!(futures_util::poll!(&mut waiting).is_pending());
    parameters.invalidate("/b");
    assert!(tokio::time::timeout(10 * SECOND, &mut waiting).await.is_err());
    environment.clock().advance(2 * HOUR);
    assert!(
        tokio::time::timeout(10 * SECOND, parameters.get_multiple("/").into_future())
            .await
            .is_err()
    );
    counter.allow(100);
    waiting.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_that_never_ends_is_given_up_so_that_the_store_is_called_again() {
    let (environment, counter, parameters) = silent_store().await;
    assert_eq!(&*parameters.get("/a").await.unwrap(), "1");
    tokio::time::sleep(31 * SECOND).await;
    environment.clock().advance(31 * SECOND);
    let begun = counter.begun();
    assert_eq!(&*parameters.get("/a").await.unwrap(), "1");
    assert_eq!(
        counter.begun(),
        begun + 1,
        "the call of the first request is not waited for"
    );

    // The same for a request that its caller gave up.
    assert!(
        tokio::time::timeout(SECOND, parameters.get("/new").into_future())
            .await
            .is_err()
    );
    tokio::time::sleep(31 * SECOND).await;
    let begun = counter.begun();
    assert!(
        tokio::time::timeout(SECOND, parameters.get("/new").into_future())
            .await
            .is_err()
    );
    assert_eq!(counter.begun(), begun + 1);
}

#[tokio::test(start_paused = true)]
async fn a_background_fetch_that_never_ends_is_no_reason_not_to_fetch_again() {
    let (environment, counter) = (TestEnvironment::new(), Counter::held());
    let builder = Parameters::builder(counter.clone()).environment(&environment);
    let parameters = builder.stale_while_revalidate(HOUR).build();
    counter.allow(1);
    parameters.get("/a").await.unwrap();
    for calls in 2..5 {
        environment.clock().advance(60 * SECOND);
        assert_eq!(
            time_of(async { drop(parameters.get("/a").await.unwrap()) }).await,
            Duration::ZERO
        );
        tokio::time::sleep(60 * SECOND).await;
        assert_eq!(counter.begun(), calls);
    }
}

#[tokio::test(start_paused = true)]
async fn work_that_failed_returns_its_error_if_the_store_does_not_give_a_new_value() {
    let (environment, _, parameters) = silent_store().await;
    let mut context = context();
    context.deadline = environment.clock().timestamp().as_millis() + 3_000;
    let invocation = Invocation::new(context, environment.environment());
    let work =
        |value: Arc<str>| async move { Err::<(), _>(Box::<dyn std::error::Error>::from(format!("{value} is wrong"))) };
    let begun = Instant::now();
    let attempt = async { parameters.get("/a").attempt(work).await };
    let error = attempt.with_invocation(invocation).await.unwrap_err();
    assert_eq!(error.to_string(), "1 is wrong");
    assert_eq!(begun.elapsed(), SECOND + Duration::from_millis(1_500));
}
