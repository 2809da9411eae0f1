//! [`SpanLayer`], the tracer's own `tracing_subscriber` layer.

use powertools_lambda_core::{Invocation, enter_span, exit_span};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::recorder::{Recorded, SpanRecorder};
use crate::trace::entered;

/// Records spans, and keeps the invocation with them, so that spawned work finds it.
pub(crate) struct SpanLayer {
    pub(crate) recorder: SpanRecorder,
}

/// Kept in the extensions of a span that is not recorded.
///
/// Left out if an enclosing span has the same invocation, which saves an allocation.
struct Carried(Invocation);

impl<S> Layer<S> for SpanLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let of_parent = attributes.parent().and_then(|parent| invocation_of(parent, &context));
        let Some(invocation) = of_parent.or_else(Invocation::current) else {
            return;
        };
        if self.recorder.open(&invocation, attributes, id, &context) {
            return;
        }
        let Some(opened) = context.span(id) else { return };
        let nearest = opened.scope().skip(1).find_map(|span| carried(&span));
        if nearest.is_none_or(|nearest| !nearest.is_same(&invocation)) {
            opened.extensions_mut().replace(Carried(invocation));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.recorder.record(id, values, &context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let of_parent = event.parent().and_then(|parent| invocation_of(parent, &context));
        self.recorder.event(event, of_parent.as_ref(), &context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(recorded) = span.extensions().get::<Recorded>() {
            enter_span(id, &recorded.invocation);
            entered::enter(id.into_u64(), &recorded.span);
            return;
        }
        if let Some(invocation) = span.scope().find_map(|span| carried(&span)) {
            enter_span(id, &invocation);
        }
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.recorder.exit(id, &context);
        exit_span(id);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.recorder.close(&id, &context);
    }
}

/// Returns the invocation of a span, or of the nearest enclosing span that has one.
fn invocation_of<S>(id: &Id, context: &Context<'_, S>) -> Option<Invocation>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    context.span_scope(id)?.find_map(|span| carried(&span))
}

fn carried<S>(span: &SpanRef<'_, S>) -> Option<Invocation>
where
    S: for<'span> LookupSpan<'span>,
{
    let extensions = span.extensions();
    let recorded = extensions.get::<Recorded>().map(|recorded| &recorded.invocation);
    let invocation = recorded.or_else(|| extensions.get::<Carried>().map(|Carried(invocation)| invocation))?;
    Some(invocation.clone())
}
