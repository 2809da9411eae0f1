//! A property test of random batches with panics: every record is processed or reported, and the order within a group is
//! kept. It silences the process's panic hook, so it has its own binary.

#![cfg(all(feature = "dynamodb", feature = "kafka", feature = "kinesis", feature = "sqs"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "it/common/mod.rs"]
mod common;

use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use common::{fifo, kinesis, reported, sqs};
use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda_batch::{Batch, BatchEvent, FailureAction, FailurePolicy, FullFailurePolicy, Record, RecordBody};
use powertools_lambda_core::test_util::TestEnvironment;
use proptest::prelude::*;
use serde::Serialize;
use tower::Service;

/// What a record's handler does after a number of steps, of which some are pending.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Act {
    Succeeds,
    Fails,
    PanicsWhenPolled,
    PanicsWhenCalled,
    IsNotReady,
    Hangs,
    /// Runs in its own task, which is aborted.
    IsCancelled,
}

#[derive(Clone, Debug)]
struct Plan {
    source: usize,
    /// Each record's group, act, steps and milliseconds on the manual clock.
    records: Vec<(u8, Act, u8, u8)>,
    concurrency: usize,
    failure_policy: Option<FailurePolicy>,
    drops_poison: bool,
    deadline: Option<u16>,
    /// The poll at which the whole future is dropped.
    dropped_at: Option<u8>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let act = prop_oneof![
        6 => Just(Act::Succeeds),
        2 => Just(Act::Fails),
        1 => Just(Act::PanicsWhenPolled),
        1 => Just(Act::PanicsWhenCalled),
        1 => Just(Act::IsNotReady),
        1 => Just(Act::IsCancelled),
        1 => Just(Act::Hangs),
    ];
    let records = prop::collection::vec((0..4_u8, act, 0..4_u8, 0..40_u8), 0..24);
    let policy = prop_oneof![
        Just(None),
        Just(Some(FailurePolicy::Continue)),
        Just(Some(FailurePolicy::SkipGroup)),
        Just(Some(FailurePolicy::Stop)),
    ];
    let deadline = prop::option::of(100..1_500_u16);
    let dropped_at = prop::option::weighted(0.3, 0..30_u8);
    (
        0..3_usize,
        records,
        1..6_usize,
        policy,
        any::<bool>(),
        deadline,
        dropped_at,
    )
        .prop_map(
            |(source, records, concurrency, failure_policy, drops_poison, deadline, dropped_at)| Plan {
                source,
                records,
                concurrency,
                failure_policy,
                drops_poison,
                deadline,
                dropped_at,
            },
        )
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Moment {
    Started,
    Done,
    Ended,
}

/// What happened to each record, by its index.
#[derive(Default)]
struct Journal {
    moments: Mutex<Vec<(usize, Moment)>>,
    alive: AtomicUsize,
}

/// Handles a record as the plan says; its body is its index.
#[derive(Clone)]
struct Actor {
    plan: Arc<Plan>,
    journal: Arc<Journal>,
    environment: Arc<TestEnvironment>,
    not_ready: bool,
}

/// Notes that a record's handling ended, in any way.
struct Alive(Arc<Journal>, usize);

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.moments.lock().unwrap().push((self.1, Moment::Ended));
        self.0.alive.fetch_sub(1, Ordering::SeqCst);
    }
}

impl<R: RecordBody> Service<Record<R>> for Actor {
    type Response = ();
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<(), Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Error>> {
        Poll::Ready(if self.not_ready {
            Err("not ready".into())
        } else {
            Ok(())
        })
    }

    fn call(&mut self, record: Record<R>) -> Self::Future {
        let index: usize = std::str::from_utf8(&record.body().unwrap()).unwrap().parse().unwrap();
        let (_, act, steps, millis) = self.plan.records[index];
        self.journal.moments.lock().unwrap().push((index, Moment::Started));
        self.journal.alive.fetch_add(1, Ordering::SeqCst);
        let alive = Alive(Arc::clone(&self.journal), index);
        // The service is not ready for the next record.
        self.not_ready = act == Act::IsNotReady;
        assert!(act != Act::PanicsWhenCalled, "called");
        let environment = Arc::clone(&self.environment);
        Box::pin(async move {
            for step in 0..steps {
                match step % 2 {
                    0 => tokio::task::yield_now().await,
                    _ => tokio::spawn(tokio::task::yield_now()).await.unwrap(),
                }
            }
            environment.clock().advance(Duration::from_millis(millis.into()));
            match act {
                Act::Succeeds | Act::IsNotReady | Act::PanicsWhenCalled => {}
                Act::Fails => return Err("fails".into()),
                Act::PanicsWhenPolled => panic!("polled"),
                Act::IsCancelled => {
                    let task = tokio::spawn(std::future::pending::<()>());
                    task.abort();
                    task.await?;
                }
                Act::Hangs => loop {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                    environment.clock().advance(Duration::from_millis(50));
                },
            }
            alive.0.moments.lock().unwrap().push((index, Moment::Done));
            Ok(())
        })
    }
}

fn name_of(source: usize, index: usize) -> String {
    if source == 2 {
        (100 + index).to_string()
    } else {
        format!("m{index}")
    }
}

async fn drive<E>(plan: &Arc<Plan>, mut event: LambdaEvent<E>) -> Result<(), TestCaseError>
where
    E: BatchEvent + Send + 'static,
    E::Record: RecordBody,
    E::Response: Serialize + Send,
{
    let journal = Arc::<Journal>::default();
    let environment = Arc::new(TestEnvironment::new());
    // A handler hangs: only the deadline ends that.
    let hangs = plan.records.iter().any(|(_, act, ..)| *act == Act::Hangs);
    if let Some(left) = plan.deadline.or(hangs.then_some(1_000)) {
        event.context.deadline = environment.clock().timestamp().as_millis() + u64::from(left);
    }
    let actor = Actor {
        plan: Arc::clone(plan),
        journal: Arc::clone(&journal),
        environment: Arc::clone(&environment),
        not_ready: false,
    };
    let dropped = Arc::new(Mutex::new(BTreeSet::new()));
    let (poison, drops_poison) = (Arc::clone(&dropped), plan.drops_poison);
    let mut batch = Batch::<_, E>::new(actor)
        .concurrency(plan.concurrency)
        .full_failure_policy(FullFailurePolicy::Report)
        .environment(&*environment)
        .on_error(move |record, error| {
            if !drops_poison || !error.is_panic() {
                return FailureAction::Retry;
            }
            let index: usize = std::str::from_utf8(&record.body().unwrap()).unwrap().parse().unwrap();
            poison.lock().unwrap().insert(index);
            FailureAction::Drop
        });
    if let Some(policy) = plan.failure_policy {
        batch = batch.failure_policy(policy);
    }
    let response = dropped_at(batch.process(event), plan.dropped_at).await;
    let moments = journal.moments.lock().unwrap().clone();
    in_order(plan, &moments)?;
    at_most(plan.concurrency, &moments)?;
    prop_assert_eq!(
        journal.alive.load(Ordering::SeqCst),
        0,
        "a record is still being handled"
    );
    let Some(response) = response else {
        // There is no response, so Lambda delivers the whole batch again. Nothing runs on in the background.
        return Ok(());
    };
    let reported: BTreeSet<String> = reported(&response.map_err(|error| TestCaseError::fail(error.to_string()))?)
        .into_iter()
        .collect();
    for index in 0..plan.records.len() {
        let done = moments.contains(&(index, Moment::Done));
        let poison = dropped.lock().unwrap().contains(&index);
        let is_reported = reported.contains(&name_of(plan.source, index));
        prop_assert!(done || poison || is_reported, "record {} is lost", index);
        prop_assert!(!(done && is_reported), "record {} was done and comes again", index);
    }
    Ok(())
}

/// Polls a future to its end, or drops it at one of its polls.
async fn dropped_at<F: Future>(future: F, poll: Option<u8>) -> Option<F::Output> {
    let mut future = pin!(future);
    let mut polls = 0;
    poll_fn(|cx| {
        if poll.is_some_and(|poll| polls >= poll) {
            return Poll::Ready(None);
        }
        polls = polls.saturating_add(1);
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Within a group, a record starts after the one before it has ended, and not at all after a failed FIFO message.
fn in_order(plan: &Plan, moments: &[(usize, Moment)]) -> Result<(), TestCaseError> {
    let ordered = plan.source > 0;
    if !ordered {
        return Ok(());
    }
    for group in 0..4 {
        let of_group: Vec<_> = moments
            .iter()
            .filter(|(index, _)| plan.records[*index].0 == group)
            .collect();
        let mut running = None;
        let mut last = None;
        for (index, moment) in of_group {
            match moment {
                Moment::Started => {
                    prop_assert!(running.is_none(), "{:?} and {} at once", running, index);
                    prop_assert!(last.is_none_or(|last| last < *index), "{} after {:?}", index, last);
                    (running, last) = (Some(*index), Some(*index));
                }
                Moment::Done => {}
                Moment::Ended => running = None,
            }
        }
    }
    Ok(())
}

fn at_most(bound: usize, moments: &[(usize, Moment)]) -> Result<(), TestCaseError> {
    let mut running = 0_usize;
    for (_, moment) in moments {
        match moment {
            Moment::Started => running += 1,
            Moment::Done => {}
            Moment::Ended => running -= 1,
        }
        prop_assert!(running <= bound, "{} at once", running);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn nothing_is_lost_and_no_order_broken(plan in plan()) {
        std::panic::set_hook(Box::new(|_| {})); // the panics are part of the plan
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
        let plan = Arc::new(plan);
        let bodies: Vec<_> = (0..plan.records.len()).map(|index| index.to_string()).collect();
        let groups: Vec<_> = plan.records.iter().map(|(group, ..)| group.to_string()).collect();
        let keyed: Vec<_> = groups.iter().map(String::as_str).zip(bodies.iter().map(String::as_str)).collect();
        runtime.block_on(async {
            match plan.source {
                0 => drive(&plan, sqs(&bodies.iter().map(String::as_str).collect::<Vec<_>>())).await,
                1 => drive(&plan, fifo(&keyed)).await,
                _ => drive(&plan, kinesis(&keyed)).await,
            }
        })?;
    }
}
