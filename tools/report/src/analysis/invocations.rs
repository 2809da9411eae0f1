//! Invocations, joined from records, Lambda's reports and traces.

use std::collections::{BTreeSet, HashMap};

use super::facts::Facts;
use super::steps::Step;
use crate::model::{Cold, Function, Times};

#[derive(Default)]
pub(super) struct Invocation {
    pub(super) function: usize,
    request: Option<String>,
    trace: Option<usize>,
    /// The times of the first and the last record.
    logged: Option<(i64, i64)>,
    begin: Option<i64>,
    duration: Option<u64>,
    init: Option<u64>,
    memory: Option<u64>,
    cold: bool,
    failed: bool,
    traced: bool,
}

pub(super) fn all(facts: &Facts) -> Vec<Invocation> {
    let mut found = Found::default();
    for entry in &facts.entries {
        let Some(request) = entry.text("function_request_id") else {
            continue;
        };
        let invocation = found.by_request(entry.function, request);
        invocation.trace = invocation.trace.or(entry.trace);
        let (first, _) = invocation.logged.unwrap_or((entry.at, entry.at));
        invocation.logged = Some((first, entry.at));
        invocation.cold |= entry.is_cold();
        // The logger's messages for the outcome.
        let outcome = matches!(entry.text("message"), Some("handler failed" | "panicked"));
        invocation.failed |= outcome && entry.level == 5;
    }
    for (function, platform) in &facts.platform {
        let Some(request) = &platform.request else { continue };
        let invocation = found.by_request(*function, request);
        let trace = platform.trace.as_deref().and_then(|id| facts.steps.trace(id));
        invocation.trace = invocation.trace.or(trace);
        invocation.duration = platform.duration.map(micros).or(invocation.duration);
        invocation.init = platform.init_duration.map(micros).or(invocation.init);
        // A local AWS does not measure it.
        invocation.memory = platform
            .max_memory_used
            .filter(|memory| *memory > 0)
            .or(invocation.memory);
        invocation.cold |= platform.init_duration.is_some();
        invocation.failed |= platform.failed;
    }
    found.index_traces();
    for step in facts.steps.all.iter().filter(|step| step.is_handler()) {
        let invocation = found.by_step(step);
        invocation.traced = true;
        invocation.begin = Some(step.begin);
        invocation.duration = Some(step.duration());
        invocation.cold |= step.details["annotations"]["ColdStart"] == true;
        invocation.failed |= step.mark.failed();
    }
    found.all
}

#[derive(Default)]
struct Found {
    all: Vec<Invocation>,
    requests: HashMap<(usize, String), usize>,
    traces: HashMap<(usize, usize), Vec<usize>>,
    /// By function: invocations that only Lambda reported.
    silent: HashMap<usize, Vec<usize>>,
}

impl Found {
    fn by_request(&mut self, function: usize, request: &str) -> &mut Invocation {
        let next = self.all.len();
        let at = *self.requests.entry((function, request.to_owned())).or_insert(next);
        if at == next {
            self.all.push(Invocation {
                function,
                request: Some(request.to_owned()),
                ..Invocation::default()
            });
        }
        &mut self.all[at]
    }

    fn index_traces(&mut self) {
        for (at, invocation) in self.all.iter().enumerate() {
            if invocation.logged.is_none() && invocation.trace.is_none() {
                self.silent.entry(invocation.function).or_default().push(at);
            }
            if let Some(trace) = invocation.trace {
                self.traces.entry((invocation.function, trace)).or_default().push(at);
            }
        }
    }

    /// Returns the invocation of a handler's step. If a function was invoked several times in one trace, it is the one whose
    /// records begin closest to the step; if it logged nothing, the one with the closest duration.
    fn by_step(&mut self, step: &Step) -> &mut Invocation {
        let candidates = self
            .traces
            .get(&(step.function, step.trace))
            .map_or(&[][..], Vec::as_slice);
        let free = candidates.iter().copied().filter(|at| !self.all[*at].traced);
        let apart = |at: &usize| match self.all[*at].logged {
            Some((first, _)) => (first - step.begin).abs(),
            None => i64::MAX,
        };
        let mut at = free.min_by_key(apart).unwrap_or(self.all.len());
        if let Some(silent) = self.silent.get_mut(&step.function).filter(|_| at == self.all.len()) {
            let longer = |at: &usize| self.all[*at].duration.unwrap_or_default().abs_diff(step.duration());
            if let Some(found) = (0..silent.len()).min_by_key(|index| longer(&silent[*index])) {
                at = silent.remove(found);
                self.all[at].trace = Some(step.trace);
            }
        }
        if at == self.all.len() {
            self.all.push(Invocation {
                function: step.function,
                trace: Some(step.trace),
                ..Invocation::default()
            });
        }
        &mut self.all[at]
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates, which is right
fn micros(milliseconds: f64) -> u64 {
    (milliseconds * 1e3).round() as u64
}

/// Returns the functions with the counts of their invocations, records and calls.
pub(super) fn functions(facts: &Facts, invocations: &[Invocation]) -> Vec<Function> {
    let mut functions: Vec<_> = facts
        .functions
        .iter()
        .map(|name| Function {
            name: name.clone(),
            ..Function::default()
        })
        .collect();
    let mut services = vec![BTreeSet::new(); functions.len()];
    let mut durations = vec![Vec::new(); functions.len()];
    for invocation in invocations {
        let function = &mut functions[invocation.function];
        function.invocations += 1;
        function.failed += usize::from(invocation.failed);
        function.cold += usize::from(invocation.cold);
        function.memory = function.memory.max(invocation.memory);
        durations[invocation.function].extend(invocation.duration);
    }
    for entry in &facts.entries {
        let function = &mut functions[entry.function];
        function.error_records += usize::from(entry.level == 5);
        function.warnings += usize::from(entry.level == 4);
        services[entry.function].extend(entry.text("service"));
    }
    for step in &facts.steps.all {
        let function = &mut functions[step.function];
        function.failed_calls += usize::from(step.is_call() && step.mark.failed());
        function.failed_records += usize::from(step.is_record() && step.mark.failed());
        services[step.function].extend(step.details["annotations"]["Service"].as_str());
    }
    for ((function, services), durations) in functions.iter_mut().zip(services).zip(durations) {
        function.services = services.into_iter().map(str::to_owned).collect();
        function.times = Times::of(durations);
    }
    functions
}

/// Returns the cold starts, in order of time.
pub(super) fn colds(invocations: &[Invocation], begin: i64) -> Vec<Cold> {
    let cold = invocations.iter().filter(|invocation| invocation.cold);
    let mut colds: Vec<_> = cold
        .map(|invocation| Cold {
            function: invocation.function,
            at: invocation
                .begin
                .or(invocation.logged.map(|(first, _)| first))
                .map_or(0, |at| at - begin),
            request: invocation.request.clone().unwrap_or_default(),
            trace: invocation.trace,
            init: invocation.init,
            duration: invocation.duration,
        })
        .collect();
    colds.sort_by_key(|cold| (cold.at, cold.function));
    colds
}
