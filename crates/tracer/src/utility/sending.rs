//! How `TracerUtility` queues and emits finished spans.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::SystemTime;

use super::TracerUtility;
use crate::trace::{Lists, MAX_BYTES, MAX_SPANS, OpenSpan, Trace};
use crate::{Emitter as _, Spans, event_links};

impl TracerUtility {
    /// Queues a finished span until the response was posted, or emits it immediately.
    pub(super) fn queue(&self, trace: &Trace, span: Arc<OpenSpan>, size: usize, now: SystemTime) {
        let hurry = trace.is_near_deadline(now);
        let Some(span) = trace.queue().push(span, size, hurry) else {
            return;
        };
        let mut lists = if hurry { trace.queue().take() } else { Lists::default() };
        lists.spans.push(span);
        self.emit(trace, lists);
    }

    /// Emits the spans that wait so far.
    pub(super) fn send_waiting(&self, trace: &Trace) {
        self.emit(trace, trace.queue().take());
    }

    /// Emits the waiting spans; spans that close later are emitted immediately.
    pub(super) fn flush(&self, trace: &Trace) {
        let (lists, overflow) = trace.queue().close();
        self.emit(trace, lists);
        if overflow > 0 {
            self.environment.warnings().once(
                "spans past the queue",
                format_args!(
                    "{overflow} spans of an invocation did not fit into the queue of {MAX_SPANS} spans and {MAX_BYTES} \
                     bytes and were sent before the response"
                ),
            );
        }
    }

    /// Passes spans to the emitters, without holding a lock.
    fn emit(&self, trace: &Trace, mut lists: Lists) {
        // The handler's span may be among these, and is complete only with its links.
        if trace.has_handler_ended() {
            add_links(trace);
        }
        let Lists { spans, records } = &mut lists;
        spans.retain(|span| span.take().map(|record| records.push(record)).is_some());
        if records.is_empty() {
            return;
        }
        let emitting = AssertUnwindSafe(|| self.emitters.emit(Spans::new(records, trace.is_sampled_by_x_ray())));
        let emitted = catch_unwind(emitting);
        if emitted.is_err() {
            self.environment.warnings().once(
                "emitter panicked",
                format_args!("the tracer's emitter panicked: spans are lost"),
            );
        }
        self.pool.give_back(lists);
    }
}

/// Adds the links in the event to the handler's span, once.
fn add_links(trace: &Trace) {
    trace.search_event(|event| {
        trace.handler().change(|record| {
            // The trace that the invocation is part of needs no link.
            let others = event_links::find(event).filter(|link| link.trace_id != *trace.id());
            others.for_each(|link| record.link(link));
        });
    });
}
