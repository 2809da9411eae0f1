//! [`OtelEmitter`], the tracer's emitter for an exporter of OpenTelemetry's SDK.

use std::sync::Arc;
use std::time::Duration;

use opentelemetry_sdk::trace::SpanExporter;
use powertools_lambda_core::{AfterResponse, Invocation};
use powertools_lambda_tracer::{Emitter, Spans, XRayDaemon};

use crate::convert::Converter;
use crate::exporting::Exporting;

/// Converts finished spans and sends them after the response.
pub(crate) struct OtelEmitter<E> {
    pub(crate) converter: Converter,
    pub(crate) exporting: Arc<Exporting<E>>,
}

/// Of the 500 ms that Lambda leaves a process, the rest is for others.
const SHUTDOWN: Duration = Duration::from_millis(400);

/// How near the deadline spans leave at once, because nothing is awaited after a handler that hangs.
const NEAR_DEADLINE: Duration = Duration::from_millis(300);

impl<E: SpanExporter + 'static> Emitter for OtelEmitter<E> {
    fn emit(&self, spans: Spans<'_>) {
        self.exporting
            .add(spans.iter().map(|span| self.converter.convert(span)));
        let left = Invocation::with_current(|invocation| {
            let left = invocation.remaining_time().filter(|left| *left < NEAR_DEADLINE);
            left.filter(|_| !invocation.is_finished())
        });
        if let Some(left) = left.flatten() {
            self.exporting.send_in_background(left);
        }
    }

    fn after_response(&self) -> Option<AfterResponse> {
        if !self.exporting.has_waiting() {
            return None;
        }
        Some(Box::pin(Arc::clone(&self.exporting).send()))
    }

    fn shutdown(&self) {
        self.exporting.send_now(SHUTDOWN);
        self.exporting.give_up();
    }

    fn lost(&self) -> u64 {
        self.exporting.lost()
    }

    fn after_restore(&self) {
        self.exporting.renew();
    }
}

/// The X-Ray daemon next to another receiver: it gets only the traces that X-Ray samples.
pub(crate) struct SampledByXRay(pub(crate) XRayDaemon);

impl Emitter for SampledByXRay {
    fn emit(&self, spans: Spans<'_>) {
        let trace_id = spans.iter().next().map(|span| *span.trace_id());
        let is_sampled = Invocation::with_current(|invocation| {
            let header = invocation.trace_header();
            header.is_some_and(|header| header.is_sampled() && Some(*header.root()) == trace_id)
        });
        if is_sampled.unwrap_or(true) {
            self.0.emit(spans);
        }
    }

    fn flush(&self) {
        self.0.flush();
    }

    fn shutdown(&self) {
        self.0.shutdown();
    }

    fn lost(&self) -> u64 {
        self.0.lost()
    }

    fn after_restore(&self) {
        self.0.after_restore();
    }
}
