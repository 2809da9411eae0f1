//! The `tracing_subscriber` layer: spans are recorded as they open and close.

use std::sync::Arc;

use powertools_lambda_core::{INVOCATION_SPAN, Invocation, SegmentId, enter_span, exit_span};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::entered;
use crate::fields::{ErrorVisitor, FieldVisitor};
use crate::open_span::OpenSpan;
use crate::record::SpanRecord;
use crate::trace::{Recording, Trace};
use crate::tracer::Shared;

/// Records spans, and carries the invocation along with them.
pub(crate) struct SpanLayer {
    pub(crate) tracer: Arc<Shared>,
}

/// What a span's extensions hold.
///
/// A span that is not recorded holds nothing where a span around it holds the same invocation: it costs no allocation.
struct Carried {
    invocation: Invocation,
    /// Nothing for the invocation's own span and where the trace is not recorded.
    span: Option<Arc<OpenSpan>>,
}

impl<S> Layer<S> for SpanLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let parent = attributes.parent().and_then(|parent| parent_of(parent, &ctx));
        let (invocation, parent_id) = match parent {
            Some((invocation, parent_id)) => (invocation, parent_id),
            None => match Invocation::current() {
                Some(invocation) => (invocation, None),
                None => return,
            },
        };
        let trace = Trace::of(&invocation, &self.tracer);
        let recorded = trace
            .recording()
            .filter(|_| attributes.metadata().target() != INVOCATION_SPAN);
        let Some(opened) = ctx.span(id) else { return };
        if recorded.is_none() && opened.parent().is_some_and(|parent| carries(&parent, &invocation)) {
            return;
        }
        let span = recorded.map(|recording| {
            let parent_id = parent_id.or_else(|| {
                let parent = attributes.is_contextual().then(|| entered::innermost(trace.serial()));
                parent.flatten().map(|parent| parent.id)
            });
            let span = recording.begin_span(parent_id, attributes.metadata().name());
            // Taken out meanwhile: a field's `Debug` is foreign code, which may log or annotate.
            if !attributes.values().is_empty()
                && let Some(mut record) = span.take()
            {
                attributes.values().record(&mut FieldVisitor {
                    record: &mut record,
                    warnings: self.tracer.host.warnings(),
                });
                span.put(record);
            }
            span
        });
        opened.extensions_mut().replace(Carried { invocation, span });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        let Some(span) = recorded(id, &ctx) else { return };
        // Into a record of its own: a field's `Debug` is foreign code, which may log or annotate.
        let Some(mut scratch) = span.change(|record| SpanRecord::new(record.beginning())) else {
            return;
        };
        values.record(&mut FieldVisitor {
            record: &mut scratch,
            warnings: self.tracer.host.warnings(),
        });
        let refusal = span.change(|record| record.take_in(&scratch)).and_then(Result::err);
        if let Some((key, refusal)) = refusal {
            crate::annotate::warn(self.tracer.host.warnings(), &key, refusal);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        // The filter lets pass only ERROR events with an error.
        let fail = |recording: &Recording, span: &Arc<OpenSpan>| {
            let mut visitor = ErrorVisitor::default();
            event.record(&mut visitor);
            if let Some(error) = visitor.0 {
                recording.fail(span, || error);
            }
        };
        match event.parent() {
            Some(parent) => {
                let Some((invocation, span)) = carried(parent, &ctx) else {
                    return;
                };
                let Some(recording) = Trace::of(&invocation, &self.tracer).recording() else {
                    return;
                };
                fail(recording, span.as_ref().unwrap_or_else(|| recording.handler()));
            }
            None => entered::with_current(fail),
        }
    }

    fn on_enter(&self, id: &Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let id = id.into_u64();
        {
            let extensions = span.extensions();
            if let Some(carried) = extensions.get::<Carried>() {
                enter_span(id, &carried.invocation);
                if let Some(span) = &carried.span {
                    entered::enter(id, span);
                }
                return;
            }
        }
        for outer in span.scope().skip(1) {
            if let Some(carried) = outer.extensions().get::<Carried>() {
                enter_span(id, &carried.invocation);
                return;
            }
        }
    }

    fn on_exit(&self, id: &Id, ctx: Context<'_, S>) {
        let panicked = entered::exit(id.into_u64());
        if let Some(span) = panicked
            && let Some((invocation, _)) = carried(id, &ctx)
            && let Some(recording) = Trace::of(&invocation, &self.tracer).recording()
        {
            recording.fail_by_panic(&span);
        }
        exit_span(id.into_u64());
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let Some(closed) = ctx.span(&id) else { return };
        let carried = closed.extensions_mut().remove::<Carried>();
        let Some(Carried {
            invocation,
            span: Some(span),
        }) = carried
        else {
            return;
        };
        if let Some(recording) = Trace::of(&invocation, &self.tracer).recording() {
            recording.end_span(span);
        }
    }
}

/// Returns whether a span, or else the nearest around it that carries something, carries this invocation.
fn carries<S>(span: &SpanRef<'_, S>, invocation: &Invocation) -> bool
where
    S: for<'span> LookupSpan<'span>,
{
    let nearest = span.scope().find_map(|span| {
        let extensions = span.extensions();
        Some(extensions.get::<Carried>()?.invocation.is_same(invocation))
    });
    nearest.unwrap_or(false)
}

/// Returns the invocation of a span, and the id of the recorded span it is or is in.
fn parent_of<S>(id: &Id, ctx: &Context<'_, S>) -> Option<(Invocation, Option<SegmentId>)>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    let (invocation, span) = carried(id, ctx)?;
    Some((invocation, span.map(|span| span.id)))
}

/// Returns what a span carries, or the nearest span around it that carries something.
fn carried<S>(id: &Id, ctx: &Context<'_, S>) -> Option<(Invocation, Option<Arc<OpenSpan>>)>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    ctx.span_scope(id)?.find_map(|span| {
        let extensions = span.extensions();
        let carried = extensions.get::<Carried>()?;
        Some((carried.invocation.clone(), carried.span.clone()))
    })
}

fn recorded<S>(id: &Id, ctx: &Context<'_, S>) -> Option<Arc<OpenSpan>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    ctx.span(id)?.extensions().get::<Carried>()?.span.clone()
}
