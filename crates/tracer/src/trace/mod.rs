//! [`Trace`], the tracer's state of one invocation.

pub(crate) mod entered;
mod open_span;
mod pool;
mod queue;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use powertools_lambda_core::{Invocation, Sampling, SegmentId, TraceHeader, TraceId};

pub(crate) use self::open_span::OpenSpan;
pub(crate) use self::pool::{Lists, Pool};
pub(crate) use self::queue::{MAX_BYTES, MAX_SPANS, Queue};
use crate::record::SpanRecord;

/// How long before the deadline spans stop waiting, because Lambda may end the environment at the deadline.
pub(crate) const NEAR_DEADLINE: Duration = Duration::from_millis(250);

/// What was decided about an invocation.
#[allow(clippy::large_enum_variant)] // one for each invocation, in its place from the beginning
pub(crate) enum Decision {
    Recorded(Trace),
    /// With the header that outgoing requests carry, which says that the trace is not sampled, if a propagator named a
    /// trace.
    NotRecorded(Option<TraceHeader>),
}

impl Decision {
    /// Returns the trace, if it is recorded.
    pub(crate) fn trace(&self) -> Option<&Trace> {
        match self {
            Self::Recorded(trace) => Some(trace),
            Self::NotRecorded(_) => None,
        }
    }
}

/// A trace that is recorded.
///
/// Data only. Methods that need the emitter, the pool, the clock or the warnings belong to `TracerUtility`.
pub(crate) struct Trace {
    serial: u64,
    id: TraceId,
    handler: Arc<OpenSpan>,
    handler_open: AtomicBool,
    deadline: Option<SystemTime>,
    /// The header for outgoing requests, if it is not the one that the invocation came with.
    header: Option<TraceHeader>,
    /// Whether X-Ray samples the trace.
    by_x_ray: bool,
    /// The event, which is searched for links once the handler has ended.
    event: Mutex<Option<Bytes>>,
    queue: Queue,
}

impl Trace {
    /// Creates a trace; `serial` is unique in the process, and `lists` are empty.
    pub(crate) fn new(
        serial: u64,
        id: TraceId,
        handler: Arc<OpenSpan>,
        deadline: Option<SystemTime>,
        header: Option<TraceHeader>,
        by_x_ray: bool,
        lists: Lists,
    ) -> Self {
        Self {
            serial,
            id,
            handler,
            handler_open: AtomicBool::new(true),
            deadline,
            header,
            by_x_ray,
            event: Mutex::new(None),
            queue: Queue::new(lists),
        }
    }

    /// Returns the number of the trace, which is unique in the process.
    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// Returns the id that all its spans have in X-Ray.
    pub(crate) fn id(&self) -> &TraceId {
        &self.id
    }

    pub(crate) fn is_sampled_by_x_ray(&self) -> bool {
        self.by_x_ray
    }

    /// Returns the tracing header for requests of the span with this id.
    pub(crate) fn header(&self, invocation: &Invocation, id: SegmentId) -> Option<TraceHeader> {
        let header = self.header.as_ref().or_else(|| invocation.trace_header())?;
        Some(header.child(id))
    }

    /// Returns the `traceparent` for requests of the span with this id.
    pub(crate) fn traceparent(&self, id: SegmentId) -> Option<String> {
        let header = TraceHeader::new(*self.id()).child(id);
        header.decide(Sampling::Sampled).traceparent()
    }

    pub(crate) fn handler(&self) -> &Arc<OpenSpan> {
        &self.handler
    }

    /// Records that the handler has ended; returns whether this is the first call.
    pub(crate) fn end_handler(&self) -> bool {
        self.handler_open.swap(false, Ordering::AcqRel)
    }

    /// Returns the innermost span of the trace that the thread is in.
    pub(crate) fn innermost(&self) -> Option<Arc<OpenSpan>> {
        entered::with_innermost(self.serial, Arc::clone)
    }

    /// Calls `f` with the current span: the innermost one, or else the handler's.
    pub(crate) fn with_current_span<R>(&self, f: impl FnOnce(&OpenSpan) -> R) -> R {
        let innermost = self.innermost();
        f(innermost.as_ref().unwrap_or(&self.handler))
    }

    /// Changes the record of the current span, unless it was emitted. `change` must not run foreign code.
    pub(crate) fn change_current_span<R>(&self, change: impl Fn(&mut SpanRecord) -> R) -> Option<R> {
        let changed = entered::with_innermost(self.serial, |span| span.change(&change));
        changed.unwrap_or_else(|| self.handler.change(&change))
    }

    /// Returns the id of the current span.
    pub(crate) fn current_id(&self) -> SegmentId {
        entered::with_innermost(self.serial, |span| span.id).unwrap_or(self.handler.id)
    }

    /// Returns whether the deadline is so near at `now` that spans no longer wait.
    pub(crate) fn is_near_deadline(&self, now: SystemTime) -> bool {
        self.deadline
            .is_some_and(|deadline| deadline.duration_since(now).is_ok_and(|left| left < NEAR_DEADLINE))
    }

    /// Returns whether the handler has ended, so that its span may be emitted at any time.
    pub(crate) fn has_handler_ended(&self) -> bool {
        !self.handler_open.load(Ordering::Acquire)
    }

    /// Keeps the event until it is searched.
    pub(crate) fn keep_event(&self, event: Bytes) {
        self.lock_event().get_or_insert(event);
    }

    /// Searches the event that was kept, once.
    ///
    /// It is locked while it is searched, so that another thread emits the handler's span with what was found.
    pub(crate) fn search_event(&self, search: impl FnOnce(&[u8])) {
        let mut kept = self.lock_event();
        if let Some(event) = kept.take() {
            search(&event);
        }
    }

    /// Returns the queue of spans that wait to be sent.
    pub(crate) fn queue(&self) -> &Queue {
        &self.queue
    }

    fn lock_event(&self) -> MutexGuard<'_, Option<Bytes>> {
        self.event.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
