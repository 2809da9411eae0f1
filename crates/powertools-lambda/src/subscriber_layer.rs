//! `TelemetryLayer`, the `tracing_subscriber` layer of logger and tracer together.
//!
//! Two layers with a filter each would look up every span in the registry a dozen times between its opening and its close.
//! Here the two share one filter, the logger carries the invocation, and the tracer looks at a span only if spans are
//! recorded, so that an invocation that is not sampled costs one comparison at each step.

use powertools_lambda_core::{INVOCATION_TARGET, Invocation};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::FilterExt;
use tracing_subscriber::filter::combinator::Or;
use tracing_subscriber::layer::{Context, Filter};
use tracing_subscriber::registry::LookupSpan;

use crate::logger::Logger;
use crate::logger::subscriber::{RecordFilter, RecordLayer, SoleLayer};
use crate::tracer::Tracer;
use crate::tracer::subscriber::{SpanFilter, SpanRecorder};

/// Returns the layer of logger and tracer.
pub(crate) fn subscriber_layer<S>(logger: &Logger, tracer: &Tracer) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    TelemetryLayer::new(logger, tracer).with_filter(filter::<S>(logger, tracer))
}

/// Returns the layer of logger and tracer for a subscriber that has no other layer.
pub(crate) fn sole_layer<S>(logger: &Logger, tracer: &Tracer) -> impl Layer<S> + use<S>
where
    S: Subscriber + for<'span> LookupSpan<'span> + Send + Sync,
{
    SoleLayer::new(TelemetryLayer::new(logger, tracer), filter::<S>(logger, tracer))
}

fn filter<S>(logger: &Logger, tracer: &Tracer) -> Or<RecordFilter, SpanFilter, S>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    FilterExt::<S>::or(logger.record_filter(), tracer.span_filter())
}

/// Writes records and records spans.
///
/// Everything that it sees has passed one of the two filters, so each part asks its own filter if only the other one
/// may have let it pass.
struct TelemetryLayer {
    records: RecordLayer,
    record_filter: RecordFilter,
    spans: SpanRecorder,
    span_filter: SpanFilter,
}

impl TelemetryLayer {
    fn new(logger: &Logger, tracer: &Tracer) -> Self {
        Self {
            records: logger.records(),
            record_filter: logger.record_filter(),
            spans: tracer.span_recorder(),
            span_filter: tracer.span_filter(),
        }
    }
}

impl<S> Layer<S> for TelemetryLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        // One look-up for both.
        let Some(span) = context.span(id) else { return };
        // Every span, because each carries its invocation.
        self.records.new_span(attributes, &span);
        if attributes.metadata().target() == INVOCATION_TARGET {
            return; // it is never recorded
        }
        let are_recorded = |invocation: &Invocation| self.spans.records(invocation);
        let invocation = if attributes.is_contextual() {
            Invocation::with_current(|current| are_recorded(current).then(|| current.clone())).flatten()
        } else {
            self.records.invocation_of(id, &context).filter(are_recorded)
        };
        if let Some(invocation) = invocation
            && self.span_filter.takes(attributes.metadata())
        {
            self.spans.open_in(&invocation, attributes, &span, &context);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.records.on_record(id, values, context.clone());
        self.spans.record(id, values, &context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        // The tracer's filter passes only ERROR events, so the logger's has passed any other.
        if *metadata.level() != Level::ERROR {
            return self.records.on_event(event, context);
        }
        if self.span_filter.takes(metadata) {
            let of_parent = event
                .parent()
                .and_then(|parent| self.records.invocation_of(parent, &context));
            self.spans.event(event, of_parent.as_ref(), &context);
        }
        if self.record_filter.enabled(metadata, &context) {
            self.records.on_event(event, context);
        }
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        // One look-up for both.
        if let Some(span) = context.span(id) {
            let extensions = span.extensions();
            self.records.enter(id, &extensions);
            self.spans.enter_in(id, &extensions);
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.spans.exit(id, &context);
        self.records.on_exit(id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.spans.close(&id, &context);
    }
}
