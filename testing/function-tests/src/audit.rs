//! [`Audit`], a utility that sends the steps of each invocation to an audit service after the response.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use powertools_lambda::core::{AfterResponse, Fact, Invocation, Utility};

/// Sends the steps that [`note`] collected, once per invocation.
pub struct Audit {
    send: Box<dyn Fn(Vec<String>) -> AfterResponse + Send + Sync>,
}

/// The steps of one invocation. Only data: core passes the utility and this state together.
#[derive(Default)]
pub struct Steps(Mutex<Vec<String>>);

impl Audit {
    /// Creates the utility; `send` returns the future that sends the steps.
    pub fn new(send: impl Fn(Vec<String>) -> AfterResponse + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { send: Box::new(send) })
    }
}

impl Utility for Audit {
    type State = Steps;

    fn state(&self, _: &Invocation) -> Steps {
        Steps::default()
    }

    /// Nothing is sent after a timeout, so the steps are logged shortly before it.
    fn lead_time(&self, _: &Steps) -> Option<Duration> {
        Some(Duration::from_millis(250))
    }

    fn near_deadline(&self, _: &Invocation, steps: &Steps) {
        for step in steps.take() {
            tracing::warn!(step, "not audited: the invocation is about to time out");
        }
    }

    fn after_response(&self, _: &Invocation, steps: &Steps) -> Option<AfterResponse> {
        let steps = steps.take();
        (!steps.is_empty()).then(|| (self.send)(steps))
    }
}

impl Steps {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Adds a step to the current invocation and lets the metrics utility, if there is one, count it.
pub fn note(step: impl Into<String>) {
    let step = step.into();
    let noted = Invocation::with(|_: &Arc<Audit>, Steps(steps)| {
        steps.lock().unwrap_or_else(PoisonError::into_inner).push(step);
    });
    if noted.is_some()
        && let Some(invocation) = Invocation::current()
    {
        invocation.tell(&Fact::Count {
            name: "AuditedSteps",
            value: 1.0,
        });
    }
}
