//! How `TracerUtility` begins, fails and ends spans.

use std::borrow::Cow;
use std::sync::Arc;

use powertools_lambda_core::{ErrorCause, ErrorReport, Outcome, SegmentId};

use super::TracerUtility;
use crate::ids;
use crate::record::{Beginning, SpanKind};
use crate::trace::{OpenSpan, Trace};

impl TracerUtility {
    /// Begins a span within `parent`, or within the handler.
    pub(crate) fn begin_span(&self, trace: &Trace, parent: Option<SegmentId>, name: &'static str) -> Arc<OpenSpan> {
        let start = self.environment.clock().now();
        let beginning = Beginning {
            trace_id: *trace.id(),
            id: ids::segment_id(start),
            parent_id: parent.unwrap_or(trace.handler().id),
            kind: SpanKind::Internal,
            name: Cow::Borrowed(name),
            start,
            service: self.service.clone(),
        };
        self.pool.begin(trace.serial(), beginning)
    }

    /// Marks a span as failed; `error` runs only if errors are captured.
    pub(crate) fn fail(&self, span: &OpenSpan, error: impl FnOnce() -> ErrorReport) {
        let error = self.capture_error.then(error);
        span.change(|record| {
            record.fault();
            if let Some(error) = error {
                record.add_error(error);
            }
        });
    }

    /// Marks a span as failed by a panic, which also ends it.
    pub(crate) fn fail_by_panic(&self, span: &OpenSpan) {
        let now = self.environment.clock().now();
        span.change(|record| {
            record.fault();
            record.end_at(now);
        });
    }

    /// Ends the handler's span, once.
    pub(super) fn end_handler(&self, trace: &Trace, outcome: Option<&Outcome>) {
        if !trace.end_handler() {
            return;
        }
        let error = match outcome {
            Some(Outcome::Failed(report)) => Some(report.clone()),
            Some(Outcome::Panicked(message)) => Some(ErrorReport::from(ErrorCause {
                name: "panic".to_owned(),
                message: message.clone(),
            })),
            _ => None,
        };
        if let Some(error) = error {
            self.fail(trace.handler(), || error);
        }
        self.end_span(trace, Arc::clone(trace.handler()));
    }

    /// Ends a span now and queues it.
    pub(crate) fn end_span(&self, trace: &Trace, span: Arc<OpenSpan>) {
        let end = self.environment.clock().now();
        let size = span.change(|record| {
            record.end_at(end);
            record.size()
        });
        if let Some(size) = size {
            self.queue(trace, span, size, end);
        }
    }
}
