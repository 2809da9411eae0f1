//! Spans that are recorded, from where they open to where they close.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use powertools_lambda_core::{INVOCATION_SPAN, Invocation};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::entered;
use crate::fields::{ErrorVisitor, FieldVisitor};
use crate::open_span::OpenSpan;
use crate::record::SpanRecord;
use crate::trace::{Recording, Trace};
use crate::tracer::Shared;

/// Records the spans of a layer that knows their invocations and has asked the filter.
///
/// While nothing is recorded each of the calls ends at its first comparison, before a span is looked up.
#[derive(Clone)]
pub struct Spans {
    tracer: Arc<Shared>,
}

/// What the extensions of a recorded span hold.
pub(crate) struct Recorded {
    pub(crate) invocation: Invocation,
    pub(crate) span: Arc<OpenSpan>,
}

impl Spans {
    pub(crate) fn new(tracer: Arc<Shared>) -> Self {
        Self { tracer }
    }

    /// Returns whether the spans of an invocation are recorded.
    pub fn are_recorded(&self, invocation: &Invocation) -> bool {
        Trace::of(invocation, &self.tracer).recording().is_some()
    }

    /// Opens a span of an invocation; returns whether it is recorded.
    pub fn open<S>(
        &self,
        invocation: &Invocation,
        attributes: &Attributes<'_>,
        id: &Id,
        context: &Context<'_, S>,
    ) -> bool
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let trace = Trace::of(invocation, &self.tracer);
        let Some(recording) = trace.recording() else {
            return false;
        };
        if attributes.metadata().target() == INVOCATION_SPAN {
            return false;
        }
        let Some(opened) = context.span(id) else { return false };
        let parent = match attributes.parent() {
            Some(parent) => enclosing(parent, context).filter(|parent| parent.trace == trace.serial()),
            None if attributes.is_contextual() => entered::innermost(trace.serial()),
            None => None,
        };
        let span = recording.begin_span(parent.map(|parent| parent.id), attributes.metadata().name());
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
        let invocation = invocation.clone();
        opened.extensions_mut().replace(Recorded { invocation, span });
        self.tracer.open_spans.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Adds fields that were recorded after the span was opened.
    pub fn record<S>(&self, id: &Id, values: &Record<'_>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let Some((_, span)) = self.find(id, context) else {
            return;
        };
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

    /// Marks the span an event is in as failed where the event has an error.
    ///
    /// `parent` is the invocation of the span that the event names as its parent, where it names one.
    pub fn event<S>(&self, event: &Event<'_>, parent: Option<&Invocation>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let fail = |recording: &Recording, span: &Arc<OpenSpan>| {
            let mut visitor = ErrorVisitor::default();
            event.record(&mut visitor);
            if let Some(error) = visitor.0 {
                recording.fail(span, || error);
            }
        };
        let Some(id) = event.parent() else {
            if event.is_contextual() {
                entered::with_current(fail);
            }
            return;
        };
        if let Some(invocation) = parent
            && let Some(recording) = Trace::of(invocation, &self.tracer).recording()
        {
            let span = enclosing(id, context);
            fail(recording, span.as_ref().unwrap_or_else(|| recording.handler()));
        }
    }

    /// Notes that the thread has entered a span.
    pub fn enter<S>(&self, id: &Id, context: &Context<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        if self.is_idle() {
            return;
        }
        if let Some(span) = context.span(id)
            && let Some(recorded) = span.extensions().get::<Recorded>()
        {
            entered::enter(id.into_u64(), &recorded.span);
        }
    }

    /// Notes that the thread has left a span; a panic that makes it leave has failed the span.
    pub fn exit<S>(&self, id: &Id, context: &Context<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        if let Some(span) = entered::exit(id.into_u64())
            && let Some((invocation, _)) = self.find(id, context)
            && let Some(recording) = Trace::of(&invocation, &self.tracer).recording()
        {
            recording.fail_by_panic(&span);
        }
    }

    /// Ends a span.
    pub fn close<S>(&self, id: &Id, context: &Context<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        if self.is_idle() {
            return;
        }
        let closed = context.span(id);
        let recorded = closed.and_then(|closed| closed.extensions_mut().remove::<Recorded>());
        let Some(Recorded { invocation, span }) = recorded else {
            return;
        };
        self.tracer.open_spans.fetch_sub(1, Ordering::Relaxed);
        if let Some(recording) = Trace::of(&invocation, &self.tracer).recording() {
            recording.end_span(span);
        }
    }

    fn find<S>(&self, id: &Id, context: &Context<'_, S>) -> Option<(Invocation, Arc<OpenSpan>)>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        if self.is_idle() {
            return None;
        }
        let span = context.span(id)?;
        let extensions = span.extensions();
        let recorded = extensions.get::<Recorded>()?;
        Some((recorded.invocation.clone(), Arc::clone(&recorded.span)))
    }

    /// Returns whether no span of the process is recorded at the moment.
    ///
    /// Whoever has the span's id has it from the thread that opened it, so it sees that it is open.
    fn is_idle(&self) -> bool {
        self.tracer.open_spans.load(Ordering::Relaxed) == 0
    }
}

/// Returns the innermost recorded span that the span with this id is or is in.
fn enclosing<S>(id: &Id, context: &Context<'_, S>) -> Option<Arc<OpenSpan>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    context
        .span_scope(id)?
        .find_map(|span| Some(Arc::clone(&span.extensions().get::<Recorded>()?.span)))
}
