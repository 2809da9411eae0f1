//! [`TracerUtility`], the tracer's implementation of core's [`Utility`].

mod begun;
mod sending;
mod spans;
mod values;

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, UNIX_EPOCH};

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::{AfterResponse, Environment, Fact, Invocation, Outcome, SegmentId, TraceHeader, Utility};

use self::begun::Begun;
use crate::Emitter as _;
use crate::emitters::Emitters;
use crate::record::{Beginning, SpanKind};
use crate::trace::{Decision, NEAR_DEADLINE, OpenSpan, Pool, Trace};
use crate::{Propagator, TraceStart, event_links, ids};

/// The part of a tracer that all invocations share.
pub(crate) struct TracerUtility {
    pub(crate) environment: Environment,
    pub(crate) enabled: bool,
    pub(crate) service: Option<Arc<str>>,
    pub(crate) capture_error: bool,
    pub(crate) emitters: Emitters,
    pub(crate) propagator: Option<Box<dyn Propagator>>,
    pub(crate) pool: Pool,
    /// How many recorded spans are open in all invocations.
    pub(crate) open_spans: AtomicUsize,
}

impl TracerUtility {
    /// Returns the tracer that takes part in an invocation, and the trace; `None` if the trace is not recorded.
    #[inline]
    pub(crate) fn of(invocation: &Invocation) -> Option<(&Self, &Trace)> {
        let (tracer, begun) = invocation.utility::<Self>()?;
        Some((tracer, begun.get()?.trace()?))
    }

    /// Returns the header that outgoing requests carry, if a propagator decided that the trace is not sampled.
    pub(crate) fn not_sampled(invocation: &Invocation) -> Option<(&Self, &TraceHeader)> {
        let (tracer, begun) = invocation.utility::<Self>()?;
        match begun.get()? {
            Decision::NotRecorded(header) => Some((tracer, header.as_ref()?)),
            Decision::Recorded(_) => None,
        }
    }

    /// Returns whether a propagator decided that an invocation belongs to no trace.
    pub(crate) fn has_no_trace(invocation: &Invocation) -> bool {
        invocation.utility::<Self>().is_some_and(|(tracer, begun)| {
            let decides = tracer.enabled && tracer.propagator.is_some();
            decides && matches!(begun.get(), Some(Decision::NotRecorded(None)))
        })
    }

    /// Calls `f` with the tracer and the current span: the innermost one, or else the handler's.
    ///
    /// Does nothing outside an invocation and in one that is not recorded.
    pub(crate) fn with_current_span(f: impl FnOnce(&Self, &OpenSpan)) {
        // A handle on the invocation instead of a borrow, because `f` may run foreign code.
        let Some(invocation) = Invocation::current() else {
            return;
        };
        if let Some((tracer, trace)) = Self::of(&invocation) {
            trace.with_current_span(|span| f(tracer, span));
        }
    }

    /// Returns the trace of an invocation, and begins it if necessary; `None` if it is not recorded, or while the propagator is
    /// asked.
    pub(crate) fn trace<'a>(&self, begun: &'a Begun, invocation: &Invocation, event: &[u8]) -> Option<&'a Trace> {
        begun
            .get_or_decide(|| match self.extract(invocation, event) {
                Some(start) if start.recorded => Decision::Recorded(self.begin(invocation, start)),
                start => Decision::NotRecorded(start.map(|start| start.not_sampled(invocation))),
            })?
            .trace()
    }

    fn extract(&self, invocation: &Invocation, event: &[u8]) -> Option<TraceStart> {
        let propagator = self.propagator.as_ref().filter(|_| self.enabled)?;
        // Foreign code, whose panic is caught because the event would otherwise be delivered without its trace.
        let started = catch_unwind(AssertUnwindSafe(|| propagator.extract(invocation, event)));
        started.unwrap_or_else(|_| {
            self.environment.warnings().once(
                "propagator panicked",
                format_args!("the tracer's propagator panicked: the invocation is not traced"),
            );
            None
        })
    }

    /// Returns how the trace begins if only Lambda's tracing header decides.
    fn start_of_header(&self, invocation: &Invocation) -> Option<TraceStart> {
        let header = invocation
            .trace_header()
            .filter(|header| self.enabled && header.is_sampled())?;
        Some(TraceStart::new(*header.root()).parent(*header.parent()?))
    }

    fn begin(&self, invocation: &Invocation, trace: TraceStart) -> Trace {
        let start = invocation.started();
        let serial = ids::serial();
        let beginning = Beginning {
            trace_id: trace.trace_id,
            id: ids::segment_id(start),
            parent_id: trace.parent_id.unwrap_or_else(|| SegmentId::from(0)),
            kind: SpanKind::Handler,
            name: Cow::Borrowed("handler"),
            start,
            service: self.service.clone(),
        };
        let (handler, lists) = self.pool.begin_trace(serial, beginning);
        handler.change(|record| {
            record.add_own_annotations(invocation.is_cold_start());
            trace.links.iter().for_each(|link| record.link(*link));
        });
        let deadline = Duration::from_millis(invocation.context().deadline);
        let deadline = invocation.deadline().and_then(|_| UNIX_EPOCH.checked_add(deadline));
        let header = invocation.trace_header();
        let by_x_ray = header.is_some_and(|header| header.is_sampled() && *header.root() == trace.trace_id);
        Trace::new(serial, trace.trace_id, handler, deadline, trace.header, by_x_ray, lists)
    }
}

impl Utility for TracerUtility {
    /// The trace, if it is recorded.
    type State = Begun;

    /// Begins the trace, at the first span of the invocation or, without a subscriber layer, at its start. A propagator
    /// is asked later, when there is an event to show it.
    fn state(&self, invocation: &Invocation) -> Begun {
        if self.propagator.is_some() {
            return Begun::open();
        }
        Begun::Decided(match self.start_of_header(invocation) {
            Some(start) => Decision::Recorded(self.begin(invocation, start)),
            None => Decision::NotRecorded(None),
        })
    }

    fn on_start(&self, invocation: &Invocation, trace: &Begun, request: &LambdaInvocation) {
        if let Some(trace) = self.trace(trace, invocation, &request.body)
            && let Some(event) = event_links::searchable(&request.body)
        {
            trace.keep_event(event);
        }
    }

    fn on_outcome(&self, _: &Invocation, trace: &Begun, outcome: &Outcome) {
        if let Some(trace) = recorded(trace) {
            self.end_handler(trace, Some(outcome));
        }
    }

    fn on_fact(&self, _: &Invocation, trace: &Begun, fact: &Fact<'_>) {
        let Some(trace) = recorded(trace) else { return };
        match fact {
            Fact::Annotation { key, value } => trace.with_current_span(|span| self.annotate(span, key, value)),
            Fact::Http(facts) => self.show_request(trace.handler(), facts),
            _ => {}
        }
    }

    fn lead_time(&self, trace: &Begun) -> Option<Duration> {
        match trace.get() {
            Some(decision) => decision.trace().map(|_| NEAR_DEADLINE),
            None => self.enabled.then_some(NEAR_DEADLINE),
        }
    }

    /// An [`Emitter`](crate::Emitter) must not block.
    fn may_block(&self) -> bool {
        false
    }

    fn near_deadline(&self, _: &Invocation, trace: &Begun) {
        if let Some(trace) = recorded(trace) {
            self.send_waiting(trace);
        }
    }

    fn on_finish(&self, _: &Invocation, trace: &Begun) {
        if let Some(trace) = recorded(trace) {
            self.end_handler(trace, None);
            self.flush(trace);
            self.emitters.flush();
        }
    }

    fn after_response(&self, _: &Invocation, _: &Begun) -> Option<AfterResponse> {
        self.emitters.after_response()
    }

    fn on_shutdown(&self) {
        self.emitters.shutdown();
    }
}

fn recorded(trace: &Begun) -> Option<&Trace> {
    trace.get()?.trace()
}
