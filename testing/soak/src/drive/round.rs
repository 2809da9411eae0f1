//! [`Round`], one process of the function and what is around it.

use std::panic::resume_unwind;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use runtime_api::{FunctionProcess, RuntimeApi, Stdout};

use super::daemon::Daemon;
use super::disturb;
use super::faults::{Out, Receiver, Trouble};
use super::feed::Feeder;
use super::mix::Mix;
use super::output::{self, Output};
use super::store::FakeStore;
use super::system_clock::SystemClock;
use crate::count::Capture;
use crate::event::{Act, Plan};
use crate::ledger::{Conditions, Terms};

/// One process of the function, with its invocations and what is around it.
#[derive(Clone)]
pub(super) struct Round {
    pub(super) at_once: usize,
    pub(super) invocations: u64,
    pub(super) mix: Mix,
    pub(super) out: Out,
    pub(super) receiver: Receiver,
    pub(super) store: Trouble,
    pub(super) freezes: bool,
    /// The library with which the system clock jumps, instead of core's.
    pub(super) libfaketime: Option<PathBuf>,
    pub(super) is_measured: bool,
    pub(super) end: End,
    pub(super) terms: Terms,
}

/// How the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// At rest, after its last invocation.
    Settled,
    /// As Lambda ends it at the deadline of handlers that hang.
    Hang,
    /// By SIGTERM, while handlers hang.
    Terminate,
    /// By SIGTERM, while others are under way.
    TerminateMidway,
}

/// What was measured of a process.
#[derive(Clone, Debug, Default)]
pub(super) struct Measured {
    /// The number of invocations, the live bytes of the heap after them, and the resident bytes.
    pub(super) memory: Vec<(usize, u64, u64)>,
    /// How many warnings it wrote to standard error.
    pub(super) warnings: usize,
}

/// How long a process may take for anything before the soak fails.
const PATIENCE: Duration = Duration::from_mins(2);

/// After how many invocations a process is frozen while it has none.
const WAVE: usize = 500;

impl Round {
    pub(super) fn conditions(&self) -> Conditions {
        Conditions {
            store_fails: self.store == Trouble::Faulty,
            clock_jumps: self.mix.jump_ms > 0,
            is_cut: self.terms.is_cut,
        }
    }

    /// Runs the process, and keeps what comes out.
    pub(super) fn run(&self, program: &Path, plans: &[Plan], capture: &Capture) -> Result<Measured> {
        let api = RuntimeApi::start()?;
        let daemon = Daemon::start(self.receiver, capture)?;
        let store = FakeStore::start(self.store)?;
        let stdout = match self.out {
            Out::Read | Out::Slow => Stdout::Unread,
            Out::Closed => Stdout::Closed,
            Out::Full => Stdout::Full,
        };
        let is_graceful = matches!(self.end, End::Terminate | End::TerminateMidway);
        let clock = self.libfaketime.as_deref();
        let clock = clock
            .map(|library| SystemClock::create(library, capture.folder()))
            .transpose()?;
        let mut variables = vec![
            ("POWERTOOLS_SERVICE_NAME", "soak".to_owned()),
            ("POWERTOOLS_METRICS_NAMESPACE", "Soak".to_owned()),
            ("AWS_XRAY_DAEMON_ADDRESS", daemon.address().to_string()),
            ("AWS_LAMBDA_MAX_CONCURRENCY", self.at_once.to_string()),
            ("SOAK_STORE", store.address().to_string()),
            ("SOAK_CLOCK", (clock.is_none() && self.mix.jump_ms > 0).to_string()),
            ("SOAK_GRACEFUL", is_graceful.to_string()),
        ];
        variables.extend(clock.iter().flat_map(SystemClock::variables));
        let mut process = FunctionProcess::start(program, &api, &variables, stdout)?;
        let output = Output::keep(process.take_output(), self.out, capture)?;
        let mut feeder = Feeder::new(&api, capture, self.at_once)?;
        let mut measured = Measured::default();
        let is_over = AtomicBool::new(false);
        let fed = std::thread::scope(|scope| {
            if self.freezes {
                scope.spawn(|| disturb::freeze_within(&process, &is_over));
            }
            let jumps = clock
                .as_ref()
                .map(|clock| scope.spawn(|| disturb::jump_within(clock, self.mix.jump_ms, &is_over)));
            let fed = self.feed(plans, &mut feeder, &process, capture, &mut measured, &is_over);
            is_over.store(true, Ordering::Relaxed);
            let jumped = jumps.map(|jumps| jumps.join().unwrap_or_else(|panic| resume_unwind(panic)));
            fed.and(jumped.unwrap_or(Ok(())))
        });
        fed.map_err(|error| error.context(format!("standard error: {:?}", last(&process.errors()))))?;
        match self.end {
            End::Settled => output::settle(capture, &process),
            End::Hang => {
                std::thread::sleep(super::invocation::HANG);
                output::settle(capture, &process);
            }
            End::Terminate | End::TerminateMidway => terminate(&mut process)?,
        }
        feeder.finish()?;
        let errors = process.errors();
        measured.warnings = errors.len();
        std::fs::write(capture.folder().join("stderr"), errors.join("\n"))?;
        let id = process.id();
        drop(process);
        if let Some(clock) = clock {
            clock.clean_up(id);
        }
        output.finish();
        daemon.finish(capture)?;
        let violations = api.violations();
        let is_doubled = |violation: &&String| !violation.starts_with("a second answer");
        let others: Vec<_> = violations.iter().filter(is_doubled).collect();
        ensure!(others.is_empty(), "the function violated the protocol: {others:?}");
        Ok(measured)
    }

    fn feed(
        &self,
        plans: &[Plan],
        feeder: &mut Feeder<'_>,
        process: &FunctionProcess,
        capture: &Capture,
        measured: &mut Measured,
        is_over: &AtomicBool,
    ) -> Result<()> {
        if self.is_measured {
            // Measured alone and at rest, after each tenth of the invocations.
            let (measuring, plans): (Vec<_>, Vec<_>) = plans.iter().cloned().partition(|plan| plan.act == Act::Measure);
            let mut fed = 0;
            for (plan, tenth) in measuring.iter().zip(1..) {
                let upto = plans.len() * tenth / measuring.len();
                feeder.feed(&plans[fed..upto])?;
                fed = upto;
                output::settle(capture, process);
                let live = feeder.measure(plan)?;
                measured.memory.push((upto, live, output::resident(process)));
            }
            return Ok(());
        }
        let (hanging, plans): (Vec<_>, Vec<_>) = plans.iter().cloned().partition(|plan| plan.act == Act::Hang);
        match self.end {
            End::TerminateMidway => feeder.feed_until(&plans, plans.len() / 2)?,
            End::Settled => {
                let (last, others) = plans.split_last().context("a round without invocations")?;
                let wave = if self.freezes { WAVE } else { others.len().max(1) };
                for wave in others.chunks(wave) {
                    feeder.feed(wave)?;
                    if self.freezes {
                        disturb::freeze_between(process)?;
                    }
                }
                is_over.store(true, Ordering::Relaxed);
                output::settle(capture, process);
                feeder.feed(std::slice::from_ref(last))?;
            }
            End::Hang | End::Terminate => feeder.feed(&plans)?,
        }
        for plan in &hanging {
            feeder.push(plan);
        }
        if !hanging.is_empty() {
            output::wait_for(capture, "\"ready\"", hanging.len(), PATIENCE)?;
        }
        Ok(())
    }
}

fn terminate(process: &mut FunctionProcess) -> Result<()> {
    process.terminate()?;
    let asked = Instant::now();
    while process.ended()?.is_none() {
        ensure!(asked.elapsed() < PATIENCE, "the function does not end after SIGTERM");
        std::thread::sleep(Duration::from_millis(5));
    }
    Ok(())
}

fn last(lines: &[String]) -> Option<&String> {
    lines.last()
}
