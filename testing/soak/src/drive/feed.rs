//! [`Feeder`], which gives a function its invocations and keeps its answers.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use runtime_api::{Answer, Outcome, RuntimeApi};
use serde_json::Value;

use super::invocation::invocation;
use crate::count::{Capture, Posted};
use crate::event::Plan;

/// Gives a function its invocations, not many more than it runs at once, and keeps its answers.
pub(super) struct Feeder<'a> {
    api: &'a RuntimeApi,
    answers: BufWriter<File>,
    window: usize,
}

/// How long a function may be without an answer before the soak fails.
const PATIENCE: Duration = Duration::from_mins(2);

impl<'a> Feeder<'a> {
    pub(super) fn new(api: &'a RuntimeApi, capture: &Capture, at_once: usize) -> Result<Self> {
        Ok(Self {
            api,
            answers: BufWriter::new(capture.file("answers")?),
            window: (4 * at_once).max(32),
        })
    }

    /// Adds an invocation.
    pub(super) fn push(&self, plan: &Plan) {
        self.api.push(invocation(plan));
    }

    /// Adds invocations, and waits until all of them are answered.
    pub(super) fn feed(&mut self, plans: &[Plan]) -> Result<()> {
        self.feed_until(plans, plans.len())
    }

    /// Adds invocations, and waits until this many of them are answered.
    pub(super) fn feed_until(&mut self, plans: &[Plan], enough: usize) -> Result<()> {
        let mut plans = plans.iter();
        let (mut open, mut answered) = (0, 0);
        while answered < enough {
            for plan in plans.by_ref().take(self.window - open) {
                self.push(plan);
                open += 1;
            }
            let taken = self.api.take((open / 2).max(1), PATIENCE);
            ensure!(
                !taken.is_empty(),
                "the function stopped answering after {answered} invocations"
            );
            open -= taken.len().min(open);
            answered += taken.len();
            self.keep(taken)?;
        }
        Ok(())
    }

    /// Invokes the function alone, and returns the live bytes of its heap.
    pub(super) fn measure(&mut self, plan: &Plan) -> Result<u64> {
        self.push(plan);
        let taken = self.api.take(1, PATIENCE);
        let Some(Outcome::Response(body)) = taken.first().map(|answer| &answer.outcome) else {
            anyhow::bail!("the function did not say how large its heap is: {taken:?}");
        };
        let body: Value = serde_json::from_slice(body)?;
        let live = body["live_bytes"].as_u64().context("no live bytes in the response")?;
        self.keep(taken)?;
        Ok(live)
    }

    /// Keeps what was answered since.
    pub(super) fn finish(mut self) -> Result<()> {
        let taken = self.api.take(0, Duration::ZERO);
        self.keep(taken)?;
        self.answers.flush()?;
        Ok(())
    }

    fn keep(&mut self, answers: Vec<Answer>) -> Result<()> {
        for answer in answers {
            let (is_response, body) = match answer.outcome {
                Outcome::Response(body) => (true, String::from_utf8_lossy(&body).into_owned()),
                Outcome::Error(body) => (false, body),
            };
            let id = answer.request_id;
            serde_json::to_writer(&mut self.answers, &Posted { id, is_response, body })?;
            self.answers.write_all(b"\n")?;
        }
        Ok(())
    }
}
