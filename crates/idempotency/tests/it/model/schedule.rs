//! `run`, a schedule: environments with their clocks, a key, and invocations for it that begin, crash and end by chance.

use std::panic::{AssertUnwindSafe, resume_unwind};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fastrand::Rng;
use futures_util::FutureExt;
use lambda_runtime::Context;
use powertools_lambda_core::test_util::MemoryOutput;
use powertools_lambda_core::{Clock, ColdStart, Environment, Variables, Warnings};
use powertools_lambda_idempotency::{Idempotency, IdempotencyError, MemoryStore};
use tokio::time::Instant;

use super::clock::{SkewedClock, Time};
use super::history::{Execution, History};
use super::store::SimulatedStore;

tokio::task_local! {
    /// The invocation whose code runs.
    pub(super) static EXECUTION: usize;
}

/// A fault in the store that breaks the promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Planted {
    Nothing,
    CompletesWithAnyToken,
    ReleasesWithAnyToken,
    IgnoresTheLock,
    LockEndsTwoSecondsEarly,
    BeginsAgainAfterCompletion,
}

/// What happened, and what of it breaks the promise.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) effects: u64,
    pub(super) replays: u64,
    pub(super) in_progress: u64,
    pub(super) takeovers: u64,
    pub(super) lost_locks: u64,
    pub(super) cut_short: u64,
    pub(super) broken: Vec<String>,
    log: Vec<String>,
}

/// An invocation, as drawn by chance.
#[derive(Clone, Copy, Debug)]
struct Plan {
    environment: usize,
    starts: u64,
    timeout: u64,
    work: u64,
    end: End,
    crashes: Option<u64>,
}

#[derive(Clone, Copy, Debug)]
enum End {
    Succeeds,
    Fails,
    Panics,
}

/// The margin of the lock, in milliseconds.
const MARGIN: u64 = 1_000;

pub(super) fn run(seed: u64, planted: Planted) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(play(Rng::with_seed(seed), planted))
}

async fn play(mut random: Rng, planted: Planted) -> Outcome {
    let time = Time(Instant::now());
    let is_within_the_margin = random.u8(..) < 200;
    let max_skew = if is_within_the_margin {
        random.u64(..=MARGIN)
    } else {
        10 * MARGIN
    };
    let is_enforced = random.u8(..) < 200;
    let plans = plans(&mut random);
    let history = {
        let deadline = |plan: &Plan| is_enforced.then(|| super::clock::START + plan.starts + plan.timeout);
        let execution = |plan: &Plan| Execution::new(deadline(plan));
        let executions = plans.iter().map(execution).collect();
        Arc::new(Mutex::new(History::new(
            time,
            max_skew,
            is_within_the_margin,
            executions,
        )))
    };
    let store = SimulatedStore {
        records: MemoryStore::new(),
        random: Arc::new(Mutex::new(random.fork())),
        history: Arc::clone(&history),
        loss: [0, 50, 300][random.usize(..3)],
        planted,
    };
    let lock_time = (!is_enforced || random.bool()).then(|| random.u64(500..8_000));
    let expires_after = if random.bool() { 3_600 } else { random.u64(1..8) };
    // Making a cache takes longer than most schedules.
    let has_caches = random.u8(..) < 16;
    let environments: Vec<_> = (0..3)
        .map(|_| {
            let clock = SkewedClock {
                time,
                skew: Arc::new(AtomicI64::new(0)),
            };
            let mut handle = Idempotency::builder(store.clone(), "charge")
                .expires_after(Duration::from_secs(expires_after))
                .local_cache(if has_caches { 8 } else { 0 })
                .environment(environment(&clock, is_enforced));
            if let Some(time) = lock_time {
                handle = handle.lock_time(Duration::from_millis(time));
            }
            (handle.build(), clock)
        })
        .collect();
    for (_, clock) in &environments {
        tokio::spawn(step(clock.clone(), max_skew, random.fork()));
    }

    let mut tasks = Vec::new();
    for (index, plan) in plans.iter().copied().enumerate() {
        let idempotency = environments[plan.environment].0.clone();
        let invocation = invoke(index, plan, is_enforced, idempotency, Arc::clone(&history));
        tasks.push(tokio::spawn(EXECUTION.scope(index, invocation)));
    }
    let mut outcome = Outcome::default();
    for (index, task) in tasks.into_iter().enumerate() {
        let ending = task.await.unwrap();
        outcome.log.push(format!("{index} {:?}: {ending:?}", plans[index]));
        match ending {
            Ending::Answered(answer) if answer != index => outcome.replays += 1,
            Ending::InProgress => outcome.in_progress += 1,
            Ending::LockLost => outcome.lost_locks += 1,
            Ending::CutShort => outcome.cut_short += 1,
            _ => {}
        }
    }
    let mut history = history.lock().unwrap();
    history.end();
    outcome.effects = history.effects();
    outcome.takeovers = history.takeovers;
    outcome.broken = std::mem::take(&mut history.broken);
    outcome
}

/// How an invocation ended.
#[derive(Debug)]
enum Ending {
    Answered(usize),
    InProgress,
    LockLost,
    /// The work failed, or the store before it.
    Failed,
    Panicked,
    CutShort,
}

type Error = Box<dyn std::error::Error + Send + Sync>;

async fn invoke(
    index: usize,
    plan: Plan,
    is_enforced: bool,
    idempotency: Idempotency,
    history: Arc<Mutex<History>>,
) -> Ending {
    tokio::time::sleep(Duration::from_millis(plan.starts)).await;
    let mut context = Context::default();
    context.deadline = super::clock::START + plan.starts + plan.timeout;
    let handle = idempotency.with_context(&context);
    let work = || async {
        history.lock().unwrap().work_begins(index);
        tokio::time::sleep(Duration::from_millis(plan.work)).await;
        match plan.end {
            End::Succeeds => Ok::<_, Error>(index),
            End::Fails => {
                history.lock().unwrap().work_fails(index);
                Err("declined".into())
            }
            End::Panics => {
                history.lock().unwrap().work_fails(index);
                resume_unwind(Box::new("planned")) // without the panic hook
            }
        }
    };
    let run = AssertUnwindSafe(handle.run("o-7", work)).catch_unwind();
    let never = 1_000_000;
    let timeout = if is_enforced { plan.timeout } else { never };
    let life = Duration::from_millis(timeout.min(plan.crashes.unwrap_or(never)));
    let Ok(ended) = tokio::time::timeout(life, run).await else {
        return Ending::CutShort;
    };
    let mut history = history.lock().unwrap();
    match ended {
        Err(_) => Ending::Panicked,
        Ok(Ok(answer)) => {
            history.answered(index, answer);
            Ending::Answered(answer)
        }
        Ok(Err(error)) => match error.downcast_ref::<IdempotencyError>() {
            Some(error) if error.is_in_progress() => Ending::InProgress,
            Some(error) if error.is_lock_lost() => {
                history.lost(index);
                Ending::LockLost
            }
            _ => Ending::Failed,
        },
    }
}

/// Sets a clock forward and back, by chance.
async fn step(clock: SkewedClock, max_skew: u64, mut random: Rng) {
    loop {
        let max = i64::try_from(max_skew).unwrap();
        clock.skew.store(random.i64(-max..=max), Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(random.u64(100..5_000))).await;
    }
}

fn plans(random: &mut Rng) -> Vec<Plan> {
    let timeout = random.u64(300..6_000);
    let plan = |random: &mut Rng| Plan {
        environment: random.usize(..3),
        starts: if random.bool() {
            random.u64(..50)
        } else {
            random.u64(..25_000)
        },
        timeout,
        work: if random.u8(..) < 200 {
            random.u64(..300)
        } else {
            random.u64(..9_000)
        },
        end: match random.u8(..100) {
            0..8 => End::Fails,
            8..12 => End::Panics,
            _ => End::Succeeds,
        },
        crashes: (random.u8(..) < 24).then(|| random.u64(..3_000)),
    };
    (0..random.usize(2..=8)).map(|_| plan(random)).collect()
}

fn environment(clock: &SkewedClock, is_enforced: bool) -> Environment {
    let (output, clock) = (MemoryOutput::new().output(), Clock::new(clock.clone()));
    let warnings = Warnings::new(clock.clone(), output.clone());
    let lookup = move |name: &str| {
        let is_managed = name == ColdStart::INITIALIZATION_TYPE && !is_enforced;
        is_managed.then(|| "lambda-managed-instances".to_owned())
    };
    Environment::new(
        Variables::from_lookup(lookup, warnings.clone()),
        clock,
        output,
        warnings,
    )
}
