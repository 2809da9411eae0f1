//! One invocation: what is known about it, and what utilities keep in it.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use lambda_runtime::{Context, LambdaInvocation};

use crate::slots::Slots;
use crate::{Clock, ErrorReport, Host, InvocationHook, TraceHeader, Warnings};

/// One invocation of the function: its context, its outcome, and what utilities keep for it.
///
/// A cheap handle. The current one is found with [`Invocation::current`], in the handler's own task and in work that was
/// started with `.in_current_span()` or [`.in_invocation()`](crate::InvocationExt::in_invocation). Nothing that belongs
/// to an invocation lives anywhere else, so concurrent invocations cannot mix.
#[derive(Clone)]
pub struct Invocation(Arc<Inner>);

struct Inner {
    context: Context,
    trace_header: Option<TraceHeader>,
    cold_start: bool,
    started: SystemTime,
    deadline: Option<SystemTime>,
    clock: Clock,
    warnings: Warnings,
    outcome: OnceLock<Outcome>,
    hooks: Mutex<Vec<Arc<dyn InvocationHook>>>,
    finished: AtomicBool,
    slots: Slots,
}

/// How the handler ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The handler returned a response.
    Succeeded,
    /// The handler returned an error.
    Failed(ErrorReport),
    /// The handler panicked, with this message.
    Panicked(String),
}

impl Invocation {
    /// Begins an invocation; the first one of a host takes its cold start.
    ///
    /// A trace header that does not parse is no header, with one warning. A deadline that has passed when the
    /// invocation starts is no deadline: local tools send such.
    pub fn new(context: Context, host: &Host) -> Self {
        let started = host.clock().now();
        let deadline = UNIX_EPOCH.checked_add(Duration::from_millis(context.deadline));
        let trace_header = context.xray_trace_id.as_deref().filter(|text| !text.is_empty());
        let trace_header = trace_header.and_then(|text| match text.parse::<TraceHeader>() {
            Ok(header) => Some(header),
            Err(error) => {
                host.warnings()
                    .once("trace header", format_args!("{error}: the invocation is not traced"));
                None
            }
        });
        Self(Arc::new(Inner {
            context,
            trace_header,
            cold_start: host.cold_start().take(),
            started,
            deadline: deadline.filter(|deadline| *deadline > started),
            clock: host.clock().clone(),
            warnings: host.warnings().clone(),
            outcome: OnceLock::new(),
            hooks: Mutex::default(),
            finished: AtomicBool::new(false),
            slots: Slots::default(),
        }))
    }

    /// Returns the runtime's context: request id, function ARN, tenant id, function configuration.
    pub fn context(&self) -> &Context {
        &self.0.context
    }

    /// Returns the X-Ray tracing header the invocation came with.
    pub fn trace_header(&self) -> Option<&TraceHeader> {
        self.0.trace_header.as_ref()
    }

    /// Returns whether the invocation is the first of an on-demand environment.
    pub fn is_cold_start(&self) -> bool {
        self.0.cold_start
    }

    /// Returns when the invocation began.
    pub fn started(&self) -> SystemTime {
        self.0.started
    }

    /// Returns the time left before the deadline, zero when it has passed; `None` where there is none.
    pub fn remaining_time(&self) -> Option<Duration> {
        let deadline = self.0.deadline?;
        Some(deadline.duration_since(self.0.clock.now()).unwrap_or_default())
    }

    /// Returns how the handler ended.
    ///
    /// `None` while it runs, and for good where nobody tells: the payload could not be decoded, the invocation was
    /// dropped, or no handler layer is in use.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.0.outcome.get()
    }

    /// Returns whether the invocation is over: its response was posted and its hooks ran or are running.
    pub fn is_finished(&self) -> bool {
        self.0.finished.load(Ordering::Acquire)
    }

    /// Returns the value of type `T` that a utility keeps in this invocation.
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.slots.get()
    }

    /// Returns the value of type `T`, made by `make` where there is none yet.
    ///
    /// Reads without a lock. When two threads race, one of the values made is kept and the other dropped.
    pub fn get_or_insert_with<T: Any + Send + Sync>(&self, make: impl Fn() -> T) -> &T {
        self.0.slots.get_or_insert_with(make)
    }

    /// Returns whether both are handles on the same invocation.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Adds a hook and lets it act on the start, unless it has joined before.
    pub fn join(&self, hook: &Arc<dyn InvocationHook>, request: &LambdaInvocation) {
        {
            let mut hooks = self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner);
            if hooks
                .iter()
                .any(|joined| std::ptr::addr_eq(Arc::as_ptr(joined), Arc::as_ptr(hook)))
            {
                return;
            }
            hooks.push(Arc::clone(hook));
        }
        self.guard("start", || hook.on_start(self, request));
    }

    /// Records how the handler ended and tells the hooks; only the first report counts.
    pub fn report(&self, outcome: Outcome) {
        if self.0.outcome.set(outcome).is_err() {
            return;
        }
        if let Some(outcome) = self.outcome() {
            for hook in self.hooks() {
                self.guard("outcome", || hook.on_outcome(self, outcome));
            }
        }
    }

    /// Ends the invocation: each hook acts once. Later calls do nothing.
    pub fn finish(&self) {
        if self.0.finished.swap(true, Ordering::AcqRel) {
            return;
        }
        for hook in self.hooks() {
            self.guard("finish", || hook.on_finish(self));
        }
    }

    /// Returns the hooks one by one, so that no lock is held while one runs.
    fn hooks(&self) -> impl Iterator<Item = Arc<dyn InvocationHook>> {
        let hook = |at: usize| {
            let hooks = self.0.hooks.lock().unwrap_or_else(PoisonError::into_inner);
            hooks.get(at).cloned()
        };
        (0..).map_while(hook)
    }

    /// Runs a hook so that its panic is a warning: telemetry never fails a function.
    fn guard(&self, moment: &str, hook: impl FnOnce()) {
        if let Err(panic) = catch_unwind(AssertUnwindSafe(hook)) {
            let message = panic_message(panic.as_ref());
            self.0.warnings.once(
                "hook panic",
                format_args!("a hook panicked at the {moment} of an invocation: {message}"),
            );
        }
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation")
            .field("request_id", &self.0.context.request_id)
            .finish_non_exhaustive()
    }
}

/// Returns the text a panic was raised with.
pub(crate) fn panic_message(panic: &(dyn Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a value that is no text").to_owned()
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use super::*;
    use crate::test_util::{TestHost, context};

    #[test]
    fn remaining_time_counts_down_to_zero() {
        let host = TestHost::new();
        let mut context = context();
        context.deadline = host.clock().timestamp().as_millis() + 3_000;
        let invocation = Invocation::new(context, host.host());
        assert_eq!(invocation.remaining_time(), Some(Duration::from_secs(3)));
        host.clock().advance(Duration::from_secs(2));
        assert_eq!(invocation.remaining_time(), Some(Duration::from_secs(1)));
        host.clock().advance(Duration::from_secs(2));
        assert_eq!(invocation.remaining_time(), Some(Duration::ZERO));
    }

    #[test]
    fn a_deadline_already_past_is_none() {
        let host = TestHost::new();
        for deadline in [0, 600_000, host.clock().timestamp().as_millis()] {
            let mut context = context();
            context.deadline = deadline;
            assert_eq!(Invocation::new(context, host.host()).remaining_time(), None);
        }
        let mut absurd = context();
        absurd.deadline = u64::MAX;
        assert!(Invocation::new(absurd, host.host()).remaining_time().is_some());
    }

    #[test]
    fn only_the_first_invocation_is_cold() {
        let host = TestHost::new();
        assert!(Invocation::new(context(), host.host()).is_cold_start());
        assert!(!Invocation::new(context(), host.host()).is_cold_start());
    }

    #[test]
    fn a_bad_trace_header_is_none_and_one_warning() {
        let host = TestHost::new();
        for _ in 0..2 {
            let mut context = context();
            context.xray_trace_id = Some("Root=nonsense".into());
            assert!(Invocation::new(context, host.host()).trace_header().is_none());
        }
        assert_eq!(
            host.warnings(),
            ["trace id is not of the form 1-<8 hex>-<24 hex>: the invocation is not traced"]
        );
    }

    #[test]
    fn only_the_first_report_counts() {
        let host = TestHost::new();
        let invocation = Invocation::new(context(), host.host());
        assert_eq!(invocation.outcome(), None);
        invocation.report(Outcome::Panicked("first".into()));
        invocation.report(Outcome::Succeeded);
        assert_eq!(invocation.outcome(), Some(&Outcome::Panicked("first".into())));
    }
}
