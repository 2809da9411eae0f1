//! [`SpanRecorder`], which records spans from opening to closing.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use powertools_lambda_core::{INVOCATION_TARGET, Invocation};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{Extensions, LookupSpan, SpanRef};

use super::fields::{ErrorVisitor, FieldVisitor};
use crate::record::SpanRecord;
use crate::trace::{OpenSpan, Trace, entered};
use crate::utility::TracerUtility;

/// Records the spans that a custom layer passes to it.
///
/// From [`Tracer::span_recorder`](crate::Tracer::span_recorder); the module [`subscriber`](crate::subscriber) describes
/// such a layer. While nothing is recorded, each call ends after one comparison, before it looks up a span.
#[derive(Clone)]
pub struct SpanRecorder {
    tracer: Arc<TracerUtility>,
}

/// Kept in the extensions of a recorded span.
pub(super) struct Recorded {
    pub(super) invocation: Invocation,
    pub(super) span: Arc<OpenSpan>,
}

impl SpanRecorder {
    pub(crate) fn new(tracer: Arc<TracerUtility>) -> Self {
        Self { tracer }
    }

    /// Returns whether the spans of an invocation are recorded: it is sampled, and the tracer is enabled.
    ///
    /// Also returns true before a [`Propagator`](crate::Propagator) was asked; [`open`](Self::open) asks it.
    pub fn records(&self, invocation: &Invocation) -> bool {
        let begun = invocation.join(&self.tracer);
        begun.is_some_and(|begun| begun.get().is_none_or(|decision| decision.trace().is_some()))
    }

    /// Opens a span of an invocation; returns whether it is recorded.
    ///
    /// Call it in `on_new_span`, if [`SpanFilter::takes`](super::SpanFilter::takes) is true for the span's metadata.
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
        // Asked first, because looking the span up costs more, and most invocations are not sampled.
        attributes.metadata().target() != INVOCATION_TARGET
            && self.records(invocation)
            && context
                .span(id)
                .is_some_and(|span| self.open_in(invocation, attributes, &span, context))
    }

    /// Does what [`open`](Self::open) does, for a layer that has already looked the span up.
    pub fn open_in<S>(
        &self,
        invocation: &Invocation,
        attributes: &Attributes<'_>,
        opened: &SpanRef<'_, S>,
        context: &Context<'_, S>,
    ) -> bool
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        // The invocation's own span is not recorded: the trace begins with the handler's, and a propagator is asked when the
        // invocation starts, which is inside this span.
        if attributes.metadata().target() == INVOCATION_TARGET {
            return false;
        }
        let Some(trace) = self.trace_of(invocation) else {
            return false;
        };
        let parent = match attributes.parent() {
            Some(parent) => enclosing(parent, context)
                .filter(|parent| parent.trace == trace.serial())
                .map(|parent| parent.id),
            None if attributes.is_contextual() => Some(trace.current_id()),
            None => None,
        };
        let span = self.tracer.begin_span(trace, parent, attributes.metadata().name());
        // Taken out while fields are recorded, because a field's `Debug` is foreign code that may log or annotate.
        if !attributes.values().is_empty()
            && let Some(mut record) = span.take()
        {
            attributes.values().record(&mut FieldVisitor {
                record: &mut record,
                warnings: self.tracer.environment.warnings(),
            });
            span.put(record);
        }
        let invocation = invocation.clone();
        opened.extensions_mut().replace(Recorded { invocation, span });
        self.tracer.open_spans.fetch_add(1, Ordering::Relaxed);
        true
    }

    /// Adds fields that were recorded after the span was opened. Call it in `on_record`.
    pub fn record<S>(&self, id: &Id, values: &Record<'_>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let Some((_, span)) = self.find(id, context) else {
            return;
        };
        // Into a separate record, because a field's `Debug` is foreign code that may log or annotate.
        let Some(mut scratch) = span.change(|record| SpanRecord::new(record.beginning())) else {
            return;
        };
        values.record(&mut FieldVisitor {
            record: &mut scratch,
            warnings: self.tracer.environment.warnings(),
        });
        let refusal = span.change(|record| record.take_in(&scratch)).and_then(Result::err);
        if let Some((key, refusal)) = refusal {
            refusal.warn(&key, self.tracer.environment.warnings());
        }
    }

    /// Marks the span of an event as failed, if the event has a field `error`.
    ///
    /// Call it in `on_event`, if [`SpanFilter::takes`](super::SpanFilter::takes) is true for the event's metadata.
    /// `parent` is the invocation of the event's explicit parent span, if it has one.
    pub fn event<S>(&self, event: &Event<'_>, parent: Option<&Invocation>, context: &Context<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        let fail = |tracer: &TracerUtility, span: &OpenSpan| {
            let mut visitor = ErrorVisitor::default();
            event.record(&mut visitor);
            if let Some(error) = visitor.0 {
                tracer.fail(span, || error);
            }
        };
        let Some(id) = event.parent() else {
            if event.is_contextual() {
                TracerUtility::with_current_span(fail);
            }
            return;
        };
        if let Some(trace) = parent.and_then(|invocation| self.trace_of(invocation)) {
            let span = enclosing(id, context);
            fail(&self.tracer, span.as_ref().unwrap_or_else(|| trace.handler()));
        }
    }

    /// Records that the thread has entered a span. Call it in `on_enter`.
    pub fn enter<S>(&self, id: &Id, context: &Context<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        if self.is_idle() {
            return;
        }
        if let Some(span) = context.span(id) {
            self.enter_in(id, &span.extensions());
        }
    }

    /// Does what [`enter`](Self::enter) does, for a layer that has already looked the span up; `extensions` are the span's.
    pub fn enter_in(&self, id: &Id, extensions: &Extensions<'_>) {
        if !self.is_idle()
            && let Some(recorded) = extensions.get::<Recorded>()
        {
            entered::enter(id.into_u64(), &recorded.span);
        }
    }

    /// Records that the thread has left a span; if it is left because of a panic, it failed. Call it in `on_exit`.
    pub fn exit<S>(&self, id: &Id, context: &Context<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        if let Some(span) = entered::exit(id.into_u64())
            && let Some((invocation, _)) = self.find(id, context)
            && self.records(&invocation)
        {
            self.tracer.fail_by_panic(&span);
        }
    }

    /// Ends a span. Call it in `on_close`.
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
        if let Some(trace) = self.trace_of(&invocation) {
            self.tracer.end_span(trace, span);
        }
    }

    /// Returns the trace of an invocation, and begins it if necessary; `None` if it is not recorded.
    fn trace_of<'a>(&self, invocation: &'a Invocation) -> Option<&'a Trace> {
        let begun = invocation.join(&self.tracer)?;
        match begun.get() {
            Some(trace) => trace.trace(),
            None => self.tracer.trace(begun, invocation, &[]),
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

    /// Returns whether no recorded span is open in the process.
    ///
    /// Relaxed ordering is enough: the span's id came from the thread that opened it, so its increment is visible.
    fn is_idle(&self) -> bool {
        self.tracer.open_spans.load(Ordering::Relaxed) == 0
    }
}

/// Returns the recorded span with this id, or the innermost recorded span around it.
fn enclosing<S>(id: &Id, context: &Context<'_, S>) -> Option<Arc<OpenSpan>>
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    context
        .span_scope(id)?
        .find_map(|span| Some(Arc::clone(&span.extensions().get::<Recorded>()?.span)))
}
