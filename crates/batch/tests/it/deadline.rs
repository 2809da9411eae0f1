//! The deadline: a batch that takes too long keeps the work it has done.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda_batch::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use powertools_lambda_batch::{Batch, Record, record_fn};
use powertools_lambda_core::test_util::{ManualClock, MemoryOutput, TestEnvironment};
use powertools_lambda_core::{Clock, Environment, Invocation, InvocationExt, TimeSource, Variables, Warnings};

use crate::common::{reported, sqs};

/// Two messages more than can be handled: each takes a second, and three seconds are left.
const BODIES: [&str; 5] = ["x"; 5];

fn with_deadline(environment: &TestEnvironment, left: Duration) -> LambdaEvent<SqsEvent> {
    until(environment, left, sqs(&BODIES))
}

fn until(environment: &TestEnvironment, left: Duration, mut event: LambdaEvent<SqsEvent>) -> LambdaEvent<SqsEvent> {
    event.context.deadline = environment.clock().timestamp().as_millis() + u64::try_from(left.as_millis()).unwrap();
    event
}

#[tokio::test]
async fn near_the_deadline_nothing_is_started_and_the_rest_is_reported() {
    let environment = TestEnvironment::new();
    let clock = environment.clock().clone();
    let handler = move |_: String| {
        clock.advance(Duration::from_secs(1)); // a handler that never yields
        async { Ok::<_, Error>(()) }
    };
    for concurrency in [1, 2] {
        let event = with_deadline(&environment, Duration::from_secs(3));
        let batch = Batch::sqs(record_fn(handler.clone()))
            .environment(&environment)
            .concurrency(concurrency);
        let response = batch.process(event).await.unwrap();
        assert_eq!(reported(&response), ["m3", "m4"], "concurrency {concurrency}");
    }
}

#[tokio::test]
async fn the_deadline_margin_is_configurable() {
    let environment = TestEnvironment::new();
    let clock = environment.clock().clone();
    let handler = move |_: String| {
        clock.advance(Duration::from_secs(1));
        async { Ok::<_, Error>(()) }
    };
    let event = with_deadline(&environment, Duration::from_secs(3));
    let batch = Batch::sqs(record_fn(handler))
        .environment(&environment)
        .deadline_margin(Duration::from_secs(2));
    assert_eq!(reported(&batch.process(event).await.unwrap()), ["m1", "m2", "m3", "m4"]);
}

#[tokio::test]
async fn a_batch_that_begins_too_late_fails_and_says_so() {
    let environment = TestEnvironment::new();
    let event = with_deadline(&environment, Duration::from_millis(400));
    let handler = |_: String| async { panic!("was called") as Result<(), Error> };
    let error = Batch::sqs(record_fn(handler))
        .environment(&environment)
        .process(event)
        .await
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "no record was processed: 0 of 5 failed, 5 were not started"
    );
}

#[tokio::test]
async fn an_open_invocation_provides_the_clock() {
    let environment = TestEnvironment::new();
    let event = with_deadline(&environment, Duration::from_secs(3));
    let invocation = Invocation::new(event.context.clone(), environment.environment());
    let clock = environment.clock().clone();
    let handler = move |_: String| {
        clock.advance(Duration::from_secs(1));
        async { Ok::<_, Error>(()) }
    };
    let response = powertools_lambda_batch::process(event, handler)
        .with_invocation(invocation)
        .await
        .unwrap();
    assert_eq!(reported(&response), ["m3", "m4"]);
}

/// Advances the clock together with Tokio's, which is paused and jumps from timer to timer.
async fn with_time<F: Future>(clock: ManualClock, future: F) -> F::Output {
    let time = async move {
        loop {
            tokio::time::sleep(Duration::from_millis(10)).await;
            clock.advance(Duration::from_millis(10));
        }
    };
    tokio::select! {
        output = future => output,
        () = time => unreachable!(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_hanging_record_is_cancelled_before_the_deadline_and_finished_ones_count() {
    for concurrency in [1, 3] {
        let environment = TestEnvironment::new();
        let event = with_deadline(&environment, Duration::from_secs(3));
        let deadline = event.context.deadline;
        let failures = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&failures);
        let handler = |message: Record<SqsMessage>| async move {
            if message.id() == "m1" {
                std::future::pending::<()>().await;
            }
            Ok::<_, Error>(())
        };
        let batch = Batch::sqs(record_fn(handler))
            .environment(&environment)
            .concurrency(concurrency)
            .on_failure(move |record, error| {
                assert!(error.is_interrupted());
                told.lock().unwrap().push(record.id().into_owned());
            });
        let response: SqsBatchResponse = with_time(environment.clock().clone(), batch.process(event))
            .await
            .unwrap();
        let expected: &[&str] = if concurrency == 1 {
            &["m1", "m2", "m3", "m4"]
        } else {
            &["m1"]
        };
        assert_eq!(reported(&response), expected);
        assert_eq!(*failures.lock().unwrap(), ["m1"]);
        let left = deadline - environment.clock().timestamp().as_millis();
        assert!((240..=250).contains(&left), "given up {left} ms before the deadline");
    }
}

#[tokio::test(start_paused = true)]
async fn a_record_that_runs_when_the_margin_is_reached_may_still_finish() {
    let environment = TestEnvironment::new();
    let event = with_deadline(&environment, Duration::from_secs(1));
    let handler = |_: String| async {
        tokio::time::sleep(Duration::from_millis(600)).await;
        Ok::<_, Error>(())
    };
    let batch = Batch::sqs(record_fn(handler)).environment(&environment);
    let response = with_time(environment.clock().clone(), batch.process(event))
        .await
        .unwrap();
    assert_eq!(reported(&response), ["m1", "m2", "m3", "m4"]);
}

#[tokio::test]
async fn without_a_deadline_every_record_runs() {
    let handler = |_: String| async {
        tokio::task::yield_now().await;
        Ok::<_, Error>(())
    };
    assert_eq!(
        reported(&powertools_lambda_batch::process(sqs(&BODIES), handler).await.unwrap()),
        [""; 0]
    );
}

/// Returns how many of a hundred messages are started if the first forty take no time and each later one a second.
async fn started_of_a_hundred(left: Duration, waits: bool) -> usize {
    let environment = TestEnvironment::new();
    let started = Arc::new(AtomicUsize::new(0));
    let (clock, count) = (environment.clock().clone(), Arc::clone(&started));
    let handler = move |_: String| {
        if count.fetch_add(1, Ordering::Relaxed) >= 40 {
            clock.advance(Duration::from_secs(1));
        }
        async move {
            if waits {
                tokio::task::yield_now().await;
            }
            Ok::<_, Error>(())
        }
    };
    let batch = Batch::sqs(record_fn(handler)).environment(&environment);
    let event = until(&environment, left, sqs(&["x"; 100]));
    let response = batch.process(event).await.unwrap();
    let started = started.load(Ordering::Relaxed);
    assert_eq!(
        reported(&response).len(),
        100 - started,
        "what was started is done, the rest is reported"
    );
    started
}

#[tokio::test]
async fn slowing_records_are_stopped_while_there_is_time() {
    assert_eq!(started_of_a_hundred(Duration::from_secs(20), false).await, 40 + 20);
}

#[tokio::test]
async fn no_record_starts_too_late_in_the_last_second() {
    assert_eq!(started_of_a_hundred(Duration::from_millis(1_400), false).await, 40 + 1);
}

#[tokio::test]
async fn no_record_starts_too_late_after_one_that_waited() {
    assert_eq!(started_of_a_hundred(Duration::from_millis(3_400), true).await, 40 + 3);
}

#[tokio::test]
async fn at_most_fifteen_records_that_never_wait_are_started_too_late() {
    let too_late = started_of_a_hundred(Duration::from_millis(3_400), false).await - (40 + 3);
    assert!(too_late <= 15, "{too_late} records");
}

/// A clock that does not advance and counts how often it is read.
#[derive(Clone, Default)]
struct Looks(Arc<AtomicUsize>);

impl TimeSource for Looks {
    fn now(&self) -> SystemTime {
        self.0.fetch_add(1, Ordering::Relaxed);
        SystemTime::UNIX_EPOCH
    }

    fn monotonic(&self) -> Duration {
        Duration::ZERO
    }
}

#[tokio::test]
async fn quick_records_share_a_look_at_the_clock() {
    let looks = Looks::default();
    let clock = Clock::new(looks.clone());
    let output = MemoryOutput::new().output();
    let warnings = Warnings::new(clock.clone(), output.clone());
    let environment = Environment::new(
        Variables::from_lookup(|_| None, warnings.clone()),
        clock,
        output,
        warnings,
    );
    let mut event = sqs(&["x"; 1_000]);
    event.context.deadline = 60_000;
    let batch = Batch::sqs(record_fn(|_: String| async { Ok::<_, Error>(()) })).environment(environment);
    assert_eq!(reported(&batch.process(event).await.unwrap()), [""; 0]);
    let looks = looks.0.load(Ordering::Relaxed);
    assert!((1_000 / 16..=1_000 / 16 + 4).contains(&looks), "{looks} looks");
}
