//! [`Invocation`], one invocation of the function: its context, its outcome, and the utilities that take part in it.

mod error_types;
mod fact;
mod joined;
mod members;
#[cfg(all(test, powertools_shuttle))]
mod models;
mod outcome;
mod scope;
mod slots;
mod utility;

use std::any::Any;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use lambda_runtime::{Context, LambdaInvocation};

use self::members::Members;
use self::outcome::Ended;
use self::slots::Slots;
use crate::deadline::Deadline;
use crate::guard::guard;
use crate::sync::atomic::{AtomicBool, Ordering};
use crate::{Environment, TraceHeader, Warnings};

pub use self::fact::{Fact, HttpFacts, Measurement};
pub(crate) use self::joined::{AnyUtility, erased};
pub(crate) use self::members::Member;
pub use self::outcome::Outcome;
pub use self::scope::{InInvocation, InvocationExt, enter_span, exit_span};
pub use self::utility::Utility;

/// One invocation of the function: its context, its outcome, and the state that utilities keep for it.
///
/// This is a cheap handle; clones are the same invocation. [`Invocation::current`] returns the current one, in the
/// handler's task and in work that was spawned with `.in_current_span()` or
/// [`.in_invocation()`](crate::InvocationExt::in_invocation). All state of an invocation is kept here, so concurrent
/// invocations cannot mix.
///
/// # Examples
///
/// Anywhere inside the handler:
///
/// ```
/// use powertools_lambda_core::{Fact, Invocation, InvocationExt};
///
/// async fn handle() {
///     // Without counting a reference, for hot paths:
///     let request_id = Invocation::with_current(|invocation| invocation.context().request_id.clone());
///
///     if let Some(invocation) = Invocation::current() {
///         println!("{request_id:?} has {:?} left", invocation.remaining_time());
///         // The logger adds a key to all further records of this invocation:
///         invocation.tell(&Fact::Key { key: "tenant", value: "acme".into() });
///     }
///
///     // Spawned work is part of the invocation only if it carries it:
///     let audit = tokio::spawn(async { Invocation::current().is_some() }.in_invocation());
/// #   assert!(!audit.await.unwrap());
/// }
/// # #[tokio::main(flavor = "current_thread")] async fn main() { handle().await }
/// ```
#[derive(Clone)]
pub struct Invocation(Arc<Inner>);

struct Inner {
    context: Context,
    trace_header: Option<TraceHeader>,
    cold_start: bool,
    started: SystemTime,
    deadline: Option<Deadline>,
    warnings: Warnings,
    outcome: Ended,
    /// Whether the invocation is in the list of the watch.
    open: AtomicBool,
    finished: AtomicBool,
    members: Members<dyn Participant>,
    slots: Slots,
}

/// A utility of any type together with its state in one invocation.
pub(crate) trait Participant: Any + Send + Sync {
    /// Returns the name of the utility's type.
    fn name(&self) -> &'static str;
    fn start(&self, invocation: &Invocation, request: &LambdaInvocation);
    fn outcome(&self, invocation: &Invocation, outcome: &Outcome);
    fn near_deadline(&self, invocation: &Invocation);
    fn finish(&self, invocation: &Invocation);
    fn after_response(&self, invocation: &Invocation) -> Option<AfterResponse>;
    fn fact(&self, invocation: &Invocation, fact: &Fact<'_>);
}

/// Work to await after the response was posted; see [`Utility::after_response`].
pub type AfterResponse = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Invocation {
    /// Creates an invocation; the first one of an environment takes its cold start.
    ///
    /// [`InvocationLayer`](crate::InvocationLayer) calls this for each request. A trace header that does not parse is
    /// ignored, with one warning. A deadline that has already passed is ignored: local tools send such deadlines.
    pub fn new(context: Context, environment: &Environment) -> Self {
        let started = environment.clock().now();
        let deadline = Deadline::of_at(&context, environment.clock(), started);
        let trace_header = context.xray_trace_id.as_deref().filter(|text| !text.is_empty());
        let trace_header = trace_header.and_then(|text| match text.parse::<TraceHeader>() {
            Ok(header) => Some(header),
            Err(error) => {
                environment
                    .warnings()
                    .once("trace header", format_args!("{error}: the invocation is not traced"));
                None
            }
        });
        Self(Arc::new(Inner {
            context,
            trace_header,
            cold_start: environment.cold_start().take(),
            started,
            deadline,
            warnings: environment.warnings().clone(),
            outcome: Ended::default(),
            open: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            members: Members::default(),
            slots: Slots::default(),
        }))
    }

    /// Returns the runtime's context: request id, function ARN, tenant id, function configuration.
    pub fn context(&self) -> &Context {
        &self.0.context
    }

    /// Returns the X-Ray tracing header that the invocation came with.
    pub fn trace_header(&self) -> Option<&TraceHeader> {
        self.0.trace_header.as_ref()
    }

    /// Returns whether this is the first invocation of an on-demand environment; see [`ColdStart`](crate::ColdStart).
    pub fn is_cold_start(&self) -> bool {
        self.0.cold_start
    }

    /// Returns when the invocation began.
    pub fn started(&self) -> SystemTime {
        self.0.started
    }

    /// Returns when Lambda ends the invocation, or `None` if there is no deadline.
    pub fn deadline(&self) -> Option<&Deadline> {
        self.0.deadline.as_ref()
    }

    /// Returns the time left before the deadline (zero if it has passed), or `None` if there is no deadline.
    pub fn remaining_time(&self) -> Option<Duration> {
        self.0.deadline.as_ref().map(Deadline::remaining)
    }

    /// Returns how the handler ended, or `None` while it runs.
    ///
    /// It stays `None` if the payload could not be decoded, the invocation was dropped, or no
    /// [`HandlerLayer`](crate::HandlerLayer) is in use.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.0.outcome.get()
    }

    /// Returns whether the invocation is over: its response was posted, and [`Utility::on_finish`] was or is being
    /// called.
    pub fn is_finished(&self) -> bool {
        self.0.finished.load(Ordering::Acquire)
    }

    /// Returns the value of type `T` that was put into this invocation with
    /// [`get_or_insert_with`](Self::get_or_insert_with).
    ///
    /// For data that is shared without a [`Utility`]; a utility's own state is [`state_of`](Self::state_of).
    pub fn get<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.0.slots.get()
    }

    /// Returns the value of type `T` of this invocation, and creates it with `make` if it does not exist yet.
    ///
    /// Reads without a lock. If two threads race, one of the two values is kept and the other is dropped.
    ///
    /// ```
    /// use std::sync::atomic::{AtomicU32, Ordering};
    ///
    /// use powertools_lambda_core::Invocation;
    ///
    /// /// How many queries this invocation made.
    /// #[derive(Default)]
    /// struct Queries(AtomicU32);
    ///
    /// Invocation::with_current(|invocation| {
    ///     let queries = invocation.get_or_insert_with(Queries::default);
    ///     queries.0.fetch_add(1, Ordering::Relaxed);
    /// });
    /// ```
    pub fn get_or_insert_with<T: Any + Send + Sync>(&self, make: impl Fn() -> T) -> &T {
        self.0.slots.get_or_insert_with(make)
    }

    /// Returns whether both handles refer to the same invocation.
    pub fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// Passes a fact to all utilities that take part in this invocation.
    ///
    /// Each utility shows it in its own way or ignores it; see [`Fact`]. A panic in one of them becomes a warning.
    ///
    /// ```
    /// use powertools_lambda_core::{Fact, HttpFacts, Invocation};
    ///
    /// if let Some(invocation) = Invocation::current() {
    ///     // Metrics: a count. Tracer: an annotation.
    ///     invocation.tell(&Fact::Count { name: "Retries", value: 1.0 });
    ///     invocation.tell(&Fact::Annotation { key: "tenant", value: "acme".into() });
    ///     // Logger: keys. Tracer: the `http` block of the handler's subsegment.
    ///     let facts = HttpFacts::new("GET", "https://example.com/orders/7").route("/orders/{id}");
    ///     invocation.tell(&Fact::Http(facts));
    /// }
    /// ```
    pub fn tell(&self, fact: &Fact<'_>) {
        for member in self.0.members.iter() {
            self.guard_member(member, "while it was told a fact", |participant| {
                participant.fact(self, fact);
            });
        }
    }

    /// Records how the handler ended and calls [`Utility::on_outcome`]; later calls do nothing.
    ///
    /// [`HandlerLayer`](crate::HandlerLayer) calls this.
    pub fn report_outcome(&self, outcome: Outcome) {
        if !self.0.outcome.set(outcome) {
            return;
        }
        if let Some(outcome) = self.outcome() {
            for member in self.acting() {
                self.guard_member(member, "at the outcome of an invocation", |participant| {
                    participant.outcome(self, outcome);
                });
            }
        }
    }

    /// Ends the invocation: calls [`Utility::on_finish`] of each utility, once. Later calls do nothing.
    pub(crate) fn finish(&self) {
        if self.0.finished.swap(true, Ordering::AcqRel) {
            return;
        }
        self.0.members.seal();
        for member in self.acting() {
            self.finish_member(member);
        }
    }

    /// Returns the work of all utilities to await now that the response was posted.
    ///
    /// With the name of each utility.
    pub(crate) fn after_response(&self) -> Vec<(&'static str, AfterResponse)> {
        let mut work = Vec::new();
        for member in self.acting() {
            self.guard_member(member, "after the response", |participant| {
                let its_work = participant.after_response(self);
                work.extend(its_work.map(|its_work| (participant.name(), its_work)));
            });
        }
        work
    }

    /// Returns the longest lead time among the members that were not notified of the deadline yet.
    pub(crate) fn lead_time(&self) -> Option<Duration> {
        self.acting().filter_map(Member::lead_time).max()
    }

    /// Returns the members whose lead time is reached when `left` is left, with their positions; each member once.
    pub(crate) fn take_due(&self, left: Duration) -> impl Iterator<Item = (usize, &Member<dyn Participant>)> {
        let due = move |member: &Member<dyn Participant>| {
            member.lead_time().is_some_and(|lead| left <= lead) && self.acts(member) && member.notify()
        };
        self.0.members.iter().enumerate().filter(move |(_, member)| due(member))
    }

    pub(crate) fn members(&self) -> &Members<dyn Participant> {
        &self.0.members
    }

    /// Returns the members that act.
    fn acting(&self) -> impl Iterator<Item = &Member<dyn Participant>> {
        self.0.members.iter().filter(|member| self.acts(member))
    }

    /// Returns whether a member acts: its layer, or that of another utility of the same type, is in use.
    fn acts(&self, member: &Member<dyn Participant>) -> bool {
        let is_alike = |other: &Member<dyn Participant>| other.type_id == member.type_id && other.is_started();
        member.is_started() || self.0.members.iter().any(is_alike)
    }

    /// Calls [`Utility::near_deadline`] of a member, because the invocation may be cut short.
    pub(crate) fn notify_member(&self, member: &Member<dyn Participant>) {
        if !self.is_finished() && self.acts(member) {
            self.in_scope(|| {
                self.guard_member(member, "near the deadline of an invocation", |participant| {
                    participant.near_deadline(self);
                });
            });
        }
    }

    fn finish_member(&self, member: &Member<dyn Participant>) {
        if self.acts(member) && member.finish() {
            self.guard_member(member, "at the end of an invocation", |participant| {
                participant.finish(self);
            });
        }
    }

    /// Records whether the invocation is in the list of the watch.
    pub(crate) fn set_open(&self, open: bool) {
        self.0.open.store(open, Ordering::Release);
    }

    pub(crate) fn is_open(&self) -> bool {
        self.0.open.load(Ordering::Acquire)
    }

    pub(crate) fn warnings(&self) -> &Warnings {
        &self.0.warnings
    }

    fn guard_member(&self, member: &Member<dyn Participant>, moment: &str, act: impl FnOnce(&dyn Participant)) {
        let participant = &*member.participant;
        self.guard(|| participant.name(), moment, || act(participant));
    }

    /// Runs a utility's code and turns a panic into a warning.
    fn guard(&self, utility: impl FnOnce() -> &'static str, moment: &str, act: impl FnOnce()) {
        guard(&self.0.warnings, utility, moment, act);
    }
}

impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Invocation")
            .field("request_id", &self.0.context.request_id)
            .finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::test_util::{TestEnvironment, context, request};

    #[test]
    fn remaining_time_counts_down_to_zero() {
        let environment = TestEnvironment::new();
        let mut context = context();
        context.deadline = environment.clock().timestamp().as_millis() + 3_000;
        let invocation = Invocation::new(context, environment.environment());
        assert_eq!(invocation.remaining_time(), Some(Duration::from_secs(3)));
        environment.clock().advance(Duration::from_secs(2));
        assert_eq!(invocation.remaining_time(), Some(Duration::from_secs(1)));
        environment.clock().advance(Duration::from_secs(2));
        assert_eq!(invocation.remaining_time(), Some(Duration::ZERO));
    }

    #[test]
    fn a_deadline_already_past_is_none() {
        let environment = TestEnvironment::new();
        for deadline in [0, 600_000, environment.clock().timestamp().as_millis()] {
            let mut context = context();
            context.deadline = deadline;
            assert_eq!(
                Invocation::new(context, environment.environment()).remaining_time(),
                None
            );
        }
        let mut absurd = context();
        absurd.deadline = u64::MAX;
        assert!(
            Invocation::new(absurd, environment.environment())
                .remaining_time()
                .is_some()
        );
    }

    #[test]
    fn only_the_first_invocation_is_cold() {
        let environment = TestEnvironment::new();
        assert!(Invocation::new(context(), environment.environment()).is_cold_start());
        assert!(!Invocation::new(context(), environment.environment()).is_cold_start());
    }

    #[test]
    fn a_bad_trace_header_is_none_and_one_warning() {
        let environment = TestEnvironment::new();
        for _ in 0..2 {
            let mut context = context();
            context.xray_trace_id = Some("Root=nonsense".into());
            assert!(
                Invocation::new(context, environment.environment())
                    .trace_header()
                    .is_none()
            );
        }
        assert_eq!(
            environment.warnings(),
            ["trace id is not of the form 1-<8 hex>-<24 hex>: the invocation is not traced"]
        );
    }

    #[test]
    fn an_invocation_has_what_its_request_came_with() {
        const HEADER: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";
        let environment = TestEnvironment::new();
        let mut context = context();
        context.xray_trace_id = Some(HEADER.to_owned());
        let request_id = context.request_id.clone();
        let invocation = Invocation::new(context, environment.environment());
        assert_eq!(invocation.trace_header().unwrap().to_string(), HEADER);
        assert_eq!(
            crate::Timestamp::from(invocation.started()),
            environment.clock().timestamp()
        );
        assert_eq!(invocation.context().request_id, request_id);
        assert!(format!("{invocation:?}").contains(&request_id));
    }

    #[test]
    fn a_value_of_a_type_is_made_once() {
        let invocation = Invocation::new(context(), TestEnvironment::new().environment());
        assert_eq!(invocation.get::<u32>(), None);
        assert_eq!(invocation.get_or_insert_with(|| 7_u32), &7);
        assert_eq!(invocation.get_or_insert_with(|| 8_u32), &7);
        assert_eq!(invocation.get::<u32>(), Some(&7));
    }

    #[test]
    fn a_member_is_told_of_the_deadline_if_it_acts_and_before_the_end() {
        #[derive(Default)]
        struct Told(AtomicUsize);
        impl Utility for Told {
            type State = ();
            fn state(&self, _: &Invocation) {}
            fn near_deadline(&self, _: &Invocation, (): &()) {
                self.0.fetch_add(1, Ordering::Relaxed);
            }
        }
        for (has_layer, is_over, times) in [(true, false, 1), (false, false, 0), (true, true, 0)] {
            let invocation = Invocation::new(context(), TestEnvironment::new().environment());
            let told = Arc::new(Told::default());
            invocation.join(&told);
            if has_layer {
                erased(&told).start(&invocation, &request(context(), "{}"));
            }
            if is_over {
                invocation.finish();
            }
            let members = invocation.members().iter();
            members.for_each(|member| invocation.notify_member(member));
            assert_eq!(told.0.load(Ordering::Relaxed), times, "{has_layer} {is_over}");
        }
    }

    #[test]
    fn only_the_first_report_counts() {
        let environment = TestEnvironment::new();
        let invocation = Invocation::new(context(), environment.environment());
        assert_eq!(invocation.outcome(), None);
        invocation.report_outcome(Outcome::Panicked("first".into()));
        invocation.report_outcome(Outcome::Succeeded);
        assert_eq!(invocation.outcome(), Some(&Outcome::Panicked("first".into())));
    }
}
