//! What the tracer keeps of one invocation.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use powertools_lambda_core::{Cause, ErrorReport, Invocation, Outcome, SegmentId, TraceId};

use crate::deadline::NEAR_DEADLINE;
use crate::open_span::OpenSpan;
use crate::record::{Beginning, SpanKind};
use crate::tracer::Shared;
use crate::{ids, link};

/// The tracer's slot of an invocation.
pub(crate) struct Trace {
    serial: u64,
    recording: Option<Recording>,
}

impl Trace {
    /// Returns the trace of an invocation, which whoever comes first begins.
    pub(crate) fn of<'a>(invocation: &'a Invocation, tracer: &Arc<Shared>) -> &'a Self {
        invocation.get_or_insert_with(|| {
            let serial = ids::serial();
            Self {
                serial,
                recording: Recording::begin(invocation, tracer, serial),
            }
        })
    }

    /// Returns the number that tells this trace from every other of the process.
    pub(crate) fn serial(&self) -> u64 {
        self.serial
    }

    /// Returns what is recorded; nothing where the trace is not to be.
    pub(crate) fn recording(&self) -> Option<&Recording> {
        self.recording.as_ref()
    }
}

/// A trace that is recorded.
pub(crate) struct Recording {
    tracer: Arc<Shared>,
    serial: u64,
    trace_id: TraceId,
    handler: Arc<OpenSpan>,
    handler_open: AtomicBool,
    deadline: Option<SystemTime>,
    /// The event, to be searched for links after the response.
    event: OnceLock<Bytes>,
    queue: Mutex<Queue>,
}

#[derive(Default)]
struct Queue {
    spans: Vec<Arc<OpenSpan>>,
    bytes: usize,
    /// How many spans did not fit.
    overflow: u64,
    flushed: bool,
}

/// How many finished spans wait for the response.
const MAX_SPANS: usize = 1_000;
/// How many bytes they may take.
const MAX_BYTES: usize = 1 << 20;

impl Recording {
    fn begin(invocation: &Invocation, tracer: &Arc<Shared>, serial: u64) -> Option<Self> {
        let header = invocation
            .trace_header()
            .filter(|header| tracer.enabled && header.is_sampled())?;
        let parent_id = *header.parent()?;
        let start = invocation.started();
        let beginning = Beginning {
            trace_id: *header.root(),
            id: ids::segment_id(start),
            parent_id,
            kind: SpanKind::Handler,
            name: Cow::Borrowed("handler"),
            start,
            service: tracer.service.clone(),
        };
        let handler = tracer.pool.begin(serial, beginning);
        handler.change(|record| {
            let cold_start = record.annotate("ColdStart", &invocation.is_cold_start().into());
            let service = tracer
                .service
                .as_deref()
                .map(|service| record.annotate("Service", &service.into()));
            debug_assert!(cold_start.is_ok() && service.is_none_or(|set| set.is_ok()));
        });
        Some(Self {
            tracer: Arc::clone(tracer),
            serial,
            trace_id: *header.root(),
            handler,
            handler_open: AtomicBool::new(true),
            deadline: invocation
                .remaining_time()
                .and_then(|left| tracer.host.clock().now().checked_add(left)),
            event: OnceLock::new(),
            queue: Mutex::default(),
        })
    }

    pub(crate) fn handler(&self) -> &Arc<OpenSpan> {
        &self.handler
    }

    /// Keeps the event until the response was posted, to look for what led to the invocation.
    pub(crate) fn keep_event(&self, event: &Bytes) {
        if let Some(event) = link::searchable(event) {
            let _ = self.event.set(event);
        }
    }

    pub(crate) fn tracer(&self) -> &Shared {
        &self.tracer
    }

    /// Returns whether the trace shows the texts of errors.
    pub(crate) fn captures_errors(&self) -> bool {
        self.tracer.capture_error
    }

    /// Begins a span within `parent`, or within the handler.
    pub(crate) fn begin_span(&self, parent: Option<SegmentId>, name: &'static str) -> Arc<OpenSpan> {
        let start = self.tracer.host.clock().now();
        let beginning = Beginning {
            trace_id: self.trace_id,
            id: ids::segment_id(start),
            parent_id: parent.unwrap_or(self.handler.id),
            kind: SpanKind::Internal,
            name: Cow::Borrowed(name),
            start,
            service: self.tracer.service.clone(),
        };
        self.tracer.pool.begin(self.serial, beginning)
    }

    /// Ends a span now, and queues it.
    pub(crate) fn end_span(&self, span: Arc<OpenSpan>) {
        let end = self.tracer.host.clock().now();
        let size = span.change(|record| {
            record.end_at(end);
            record.size()
        });
        if let Some(size) = size {
            self.queue(span, size, end);
        }
    }

    /// Ends the handler's span, once.
    pub(crate) fn end_handler(&self, outcome: Option<&Outcome>) {
        if !self.handler_open.swap(false, Ordering::AcqRel) {
            return;
        }
        let error = match outcome {
            Some(Outcome::Failed(report)) => Some(report.clone()),
            Some(Outcome::Panicked(message)) => Some(ErrorReport::from(Cause {
                name: "panic".to_owned(),
                message: message.clone(),
            })),
            _ => None,
        };
        if let Some(error) = error {
            self.fail(&self.handler, || error);
        }
        self.end_span(Arc::clone(&self.handler));
    }

    /// Marks a span as failed; the error is looked at only where errors are captured.
    pub(crate) fn fail(&self, span: &OpenSpan, error: impl FnOnce() -> ErrorReport) {
        let error = self.captures_errors().then(error);
        span.change(|record| {
            record.fault();
            if let Some(error) = error {
                record.add_error(error);
            }
        });
    }

    /// Marks a span as failed because a panic went through it, which ends it.
    pub(crate) fn fail_by_panic(&self, span: &OpenSpan) {
        let now = self.tracer.host.clock().now();
        span.change(|record| {
            record.fault();
            record.end_at(now);
        });
    }

    /// Emits what waits; spans that close later are emitted at once.
    pub(crate) fn flush(&self) {
        if let Some(event) = self.event.get() {
            self.handler.change(|record| {
                // The trace the invocation is part of needs no link.
                let others = link::find(event).filter(|link| link.trace_id != self.trace_id);
                others.for_each(|link| record.link(link));
            });
        }
        let (spans, overflow) = {
            let mut queue = self.lock();
            queue.flushed = true;
            queue.bytes = 0;
            (std::mem::take(&mut queue.spans), std::mem::take(&mut queue.overflow))
        };
        for span in spans {
            self.emit(span);
        }
        if overflow > 0 {
            self.tracer.host.warnings().once(
                "spans past the queue",
                format_args!(
                    "{overflow} spans of an invocation did not fit its queue of {MAX_SPANS} spans and {MAX_BYTES} \
                     bytes and were sent before the response"
                ),
            );
        }
    }

    /// Emits what waits so far.
    pub(crate) fn send_waiting(&self) {
        let waiting = {
            let mut queue = self.lock();
            queue.bytes = 0;
            std::mem::take(&mut queue.spans)
        };
        for span in waiting {
            self.emit(span);
        }
    }

    fn queue(&self, span: Arc<OpenSpan>, size: usize, now: SystemTime) {
        let hurry = self
            .deadline
            .is_some_and(|deadline| deadline.duration_since(now).is_ok_and(|left| left < NEAR_DEADLINE));
        {
            let mut queue = self.lock();
            let full = queue.spans.len() >= MAX_SPANS || queue.bytes + size > MAX_BYTES;
            if !(queue.flushed || full || hurry) {
                queue.bytes += size;
                queue.spans.push(span);
                return;
            }
            if full && !(queue.flushed || hurry) {
                queue.overflow += 1;
            }
        }
        if hurry {
            self.send_waiting();
        }
        self.emit(span);
    }

    /// Hands a span to the emitter, without a lock.
    fn emit(&self, span: Arc<OpenSpan>) {
        let Some(record) = span.take() else { return };
        let emitted = catch_unwind(AssertUnwindSafe(|| self.tracer.emitter.emit(&record)));
        if emitted.is_err() {
            self.tracer.host.warnings().once(
                "emitter panicked",
                format_args!("the emitter of the tracer panicked: spans are lost"),
            );
        }
        self.tracer.pool.give_back(span, record);
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
