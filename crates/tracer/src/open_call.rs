//! [`OpenCall`], a call to another service that has not ended.

use std::sync::Arc;

use powertools_lambda_core::{ErrorCause, ErrorReport, Invocation, TraceHeader};

use crate::record::{SpanKind, SpanRecord};
use crate::trace::OpenSpan;
use crate::utility::TracerUtility;

/// A recorded call; dropping it ends its span.
pub(crate) struct OpenCall {
    invocation: Invocation,
    span: Arc<OpenSpan>,
    complete: bool,
}

impl OpenCall {
    /// Starts a call within the current span; `None` if the trace is not recorded.
    pub(crate) fn begin(kind: SpanKind) -> Option<Self> {
        let invocation = Invocation::current()?;
        let (tracer, trace) = TracerUtility::of(&invocation)?;
        let span = tracer.begin_span(trace, Some(trace.current_id()), "");
        span.change(|record| record.set_name("".into(), kind));
        Some(Self {
            invocation,
            span,
            complete: false,
        })
    }

    /// Returns the tracing header for the request.
    pub(crate) fn header(&self) -> Option<TraceHeader> {
        let (_, trace) = TracerUtility::of(&self.invocation)?;
        trace.header(&self.invocation, self.span.id)
    }

    /// Returns the `traceparent` for the request, if requests get one.
    #[cfg(feature = "http")]
    pub(crate) fn traceparent(&self) -> Option<String> {
        let (tracer, trace) = TracerUtility::of(&self.invocation)?;
        let is_sent = tracer.propagator.as_ref()?.injects_traceparent();
        is_sent.then(|| trace.traceparent(self.span.id))?
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut SpanRecord)) {
        self.span.change(change);
    }

    /// Records the error that the call ended with; `error` runs only if errors are captured.
    pub(crate) fn error(&self, error: impl FnOnce() -> ErrorReport) {
        if TracerUtility::of(&self.invocation).is_some_and(|(tracer, _)| tracer.capture_error) {
            let error = error();
            self.span.change(|record| record.add_error(error));
        }
    }

    /// Ends a call that was not cancelled.
    pub(crate) fn complete(mut self) {
        self.complete = true;
    }
}

impl Drop for OpenCall {
    fn drop(&mut self) {
        if !self.complete {
            self.span.change(SpanRecord::fault);
            self.error(|| {
                ErrorReport::from(ErrorCause {
                    name: "Cancelled".to_owned(),
                    message: "the call was dropped before it was answered".to_owned(),
                })
            });
        }
        if let Some((tracer, trace)) = TracerUtility::of(&self.invocation) {
            tracer.end_span(trace, Arc::clone(&self.span));
        }
    }
}

/// Returns the tracing header for a request that is not recorded: the one that the invocation came with.
#[cfg(feature = "http")]
pub(crate) fn forwarded_header() -> Option<String> {
    Some(Invocation::current()?.trace_header()?.to_string())
}

/// Returns the `traceparent` for a request of an invocation that is not recorded, so that no service downstream samples
/// it.
#[cfg(feature = "http")]
pub(crate) fn forwarded_traceparent() -> Option<String> {
    let invocation = Invocation::current()?;
    let (tracer, header) = TracerUtility::not_sampled(&invocation)?;
    let is_sent = tracer.propagator.as_ref()?.injects_traceparent();
    is_sent.then(|| header.traceparent())?
}
