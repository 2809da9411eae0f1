//! [`TracerUtility`], the tracer's implementation of core's [`Utility`].

mod sending;
mod spans;
mod values;

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::{Duration, UNIX_EPOCH};

use lambda_runtime::LambdaInvocation;
use powertools_lambda_core::{AfterResponse, Environment, Fact, Invocation, Outcome, Utility};

use crate::Emitter as _;
use crate::emitters::Emitters;
use crate::record::{Beginning, SpanKind};
use crate::trace::{NEAR_DEADLINE, OpenSpan, Pool, Trace};
use crate::{event_links, ids};

/// The part of a tracer that all invocations share.
pub(crate) struct TracerUtility {
    pub(crate) environment: Environment,
    pub(crate) enabled: bool,
    pub(crate) service: Option<Arc<str>>,
    pub(crate) capture_error: bool,
    pub(crate) emitters: Emitters,
    pub(crate) pool: Pool,
    /// How many recorded spans are open in all invocations.
    pub(crate) open_spans: AtomicUsize,
}

impl TracerUtility {
    /// Returns the tracer that takes part in an invocation, and the trace; `None` if the trace is not recorded.
    #[inline]
    pub(crate) fn of(invocation: &Invocation) -> Option<(&Self, &Trace)> {
        let (tracer, trace) = invocation.utility::<Self>()?;
        Some((tracer, trace.as_ref()?))
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

    fn begin(&self, invocation: &Invocation) -> Option<Trace> {
        let header = invocation
            .trace_header()
            .filter(|header| self.enabled && header.is_sampled())?;
        let parent_id = *header.parent()?;
        let start = invocation.started();
        let serial = ids::serial();
        let beginning = Beginning {
            trace_id: *header.root(),
            id: ids::segment_id(start),
            parent_id,
            kind: SpanKind::Handler,
            name: Cow::Borrowed("handler"),
            start,
            service: self.service.clone(),
        };
        let handler = self.pool.begin(serial, beginning);
        handler.change(|record| record.add_own_annotations(invocation.is_cold_start()));
        let deadline = Duration::from_millis(invocation.context().deadline);
        let deadline = invocation.deadline().and_then(|_| UNIX_EPOCH.checked_add(deadline));
        Some(Trace::new(serial, *header.root(), handler, deadline))
    }
}

impl Utility for TracerUtility {
    /// The trace, if it is recorded.
    type State = Option<Trace>;

    /// Begins the trace, at the start of the invocation or at a span that another layer opened before.
    fn state(&self, invocation: &Invocation) -> Option<Trace> {
        self.begin(invocation)
    }

    fn on_start(&self, _: &Invocation, trace: &Option<Trace>, request: &LambdaInvocation) {
        if let Some(trace) = trace
            && let Some(event) = event_links::searchable(&request.body)
        {
            trace.keep_event(event);
        }
    }

    fn on_outcome(&self, _: &Invocation, trace: &Option<Trace>, outcome: &Outcome) {
        if let Some(trace) = trace {
            self.end_handler(trace, Some(outcome));
        }
    }

    fn on_fact(&self, _: &Invocation, trace: &Option<Trace>, fact: &Fact<'_>) {
        let Some(trace) = trace else { return };
        match fact {
            Fact::Annotation { key, value } => trace.with_current_span(|span| self.annotate(span, key, value)),
            Fact::Http(facts) => self.show_request(trace.handler(), facts),
            _ => {}
        }
    }

    fn lead_time(&self, trace: &Option<Trace>) -> Option<Duration> {
        trace.as_ref().map(|_| NEAR_DEADLINE)
    }

    /// An [`Emitter`](crate::Emitter) must not block.
    fn may_block(&self) -> bool {
        false
    }

    fn near_deadline(&self, _: &Invocation, trace: &Option<Trace>) {
        if let Some(trace) = trace {
            self.send_waiting(trace);
        }
    }

    fn on_finish(&self, _: &Invocation, trace: &Option<Trace>) {
        if let Some(trace) = trace {
            self.end_handler(trace, None);
            self.flush(trace);
            self.emitters.flush();
        }
    }

    fn after_response(&self, _: &Invocation, _: &Option<Trace>) -> Option<AfterResponse> {
        self.emitters.after_response()
    }

    fn on_shutdown(&self) {
        self.emitters.shutdown();
    }
}
