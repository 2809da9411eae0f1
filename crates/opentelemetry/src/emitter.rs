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

/// How long sending may take at the end of the process; the rest of the 500 ms that Lambda leaves is for others.
const SHUTDOWN: Duration = Duration::from_millis(400);

/// How long before the deadline spans are sent at once, because nothing is awaited after a handler that hangs.
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
        if spans.is_sampled_by_x_ray() {
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
