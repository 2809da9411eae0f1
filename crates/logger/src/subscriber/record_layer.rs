//! `RecordLayer`, the layer that writes records.

use std::fmt;
use std::sync::Arc;

use powertools_lambda_core::{INVOCATION_TARGET, Invocation, enter_span, exit_span};
use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{Extensions, LookupSpan, SpanRef};

use super::span_state::{SpanState, recorded};
use super::visitor::FieldVisitor;
use crate::delivery::Moment;
use crate::keys::take_pending;
use crate::level::Verdict;
use crate::record::{Fields, Location, Scratch, pool};
use crate::state::LogState;
use crate::utility::LoggerUtility;

/// Writes a record for each event, and stores the invocation and the fields of each span in the span.
///
/// The [module](super) documentation lists what a layer that contains this one must do.
pub struct RecordLayer {
    pub(crate) logger: Arc<LoggerUtility>,
}

/// The target of the events with which the runtime reports an error or a panic of the handler.
const RUNTIME_FAILURE: &str = "lambda_runtime::layers::panic";
/// The field that only the runtime's event about a panic has.
const RUNTIME_PANIC: &str = "error";

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for RecordLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            self.new_span(attributes, &span);
        }
    }

    fn on_record(&self, id: &Id, values: &Values<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id).filter(|span| self.takes(span.metadata())) else {
            return;
        };
        Scratch::with(|scratch| {
            values.record(&mut FieldVisitor::span(&mut scratch.fields));
            if let Some(state) = span.extensions_mut().get_mut::<SpanState>() {
                state.record(&scratch.fields);
            }
        });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let normalized = normalized(event);
        let metadata = normalized.as_ref().unwrap_or_else(|| event.metadata());
        let span = context.event_span(event);
        // An event with an explicit parent belongs to that span's invocation.
        let elsewhere = span
            .as_ref()
            .filter(|_| !event.is_contextual())
            .and_then(|span| span.extensions().get::<SpanState>()?.invocation.clone());
        if metadata.target() == RUNTIME_FAILURE && self.is_failure_logged(event.metadata(), elsewhere.as_ref()) {
            return;
        }
        Scratch::with(|scratch| {
            let mut visitor = FieldVisitor::event(&mut scratch.fields, &mut scratch.message, normalized.is_some());
            event.record(&mut visitor);
            visitor.finish();
            #[cfg(feature = "log")]
            if normalized.is_some() {
                super::log_bridge::add_pending(&mut scratch.fields);
            }
            if self.logger.delivery.format.runs_foreign_code() {
                self.write_unlocked(scratch, metadata, span.as_ref(), elsewhere);
            } else {
                self.write(scratch, metadata, span.as_ref(), elsewhere.as_ref());
            }
        });
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            self.enter(id, &span.extensions());
        }
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        exit_span(id);
    }
}

impl RecordLayer {
    /// Does what `on_new_span` does, for a layer that has already looked the span up.
    pub fn new_span<S>(&self, attributes: &Attributes<'_>, span: &SpanRef<'_, S>)
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        Scratch::with(|scratch| {
            let own = &mut scratch.fields;
            let metadata = attributes.metadata();
            let target = metadata.target();
            // The fields of the invocation's own span are already on its records.
            if target != INVOCATION_TARGET && !take_pending(target, own) && self.takes(metadata) {
                attributes.record(&mut FieldVisitor::span(own));
            }
            let parent = span.parent();
            let state = match &parent {
                Some(parent) => {
                    let extensions = fresh(parent, parent.extensions());
                    new_state(own, extensions.get::<SpanState>(), attributes)
                }
                None => new_state(own, None, attributes),
            };
            // `insert` would panic if a second logger in the same subscriber has already stored its state.
            let other = span.extensions_mut().replace(state);
            drop(other); // after the lock is released, because it may hold the last handle of an invocation
        });
    }

    /// Does what `on_enter` does, for a layer that has already looked the span up; `extensions` are the span's.
    #[allow(clippy::unused_self)] // as `on_enter`, which need not look at the logger either
    pub fn enter(&self, id: &Id, extensions: &Extensions<'_>) {
        if let Some(state) = extensions.get::<SpanState>()
            && let Some(invocation) = &state.invocation
        {
            enter_span(id, invocation);
        }
    }

    /// Returns the invocation of a span: the one that was current when the span was created, or its parent's.
    pub fn invocation_of<S>(&self, id: &Id, context: &Context<'_, S>) -> Option<Invocation>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        context.span(id)?.extensions().get::<SpanState>()?.invocation.clone()
    }

    /// Returns whether a span's fields appear on records; a layer that does more also sees other spans.
    fn takes(&self, metadata: &Metadata<'_>) -> bool {
        self.logger.rules.takes_span(metadata)
    }

    /// Writes the record in the standard format, which runs no foreign code, so that nothing is copied.
    fn write<S: for<'span> LookupSpan<'span>>(
        &self,
        scratch: &mut Scratch,
        metadata: &Metadata<'_>,
        span: Option<&SpanRef<'_, S>>,
        elsewhere: Option<&Invocation>,
    ) {
        let (level, delivery) = (*metadata.level(), &self.logger.delivery);
        let extensions = span.map(|span| fresh(span, span.extensions()));
        let moment = Moment {
            level,
            location: location(metadata),
            span: extensions
                .as_ref()
                .and_then(|extensions| extensions.get::<SpanState>())
                .map(SpanState::fields),
        };
        let mut render = |invocation: Option<&Invocation>| {
            let verdict = if self.logger.rules.is_fixed() {
                Verdict::Print
            } else {
                self.logger.verdict(level, metadata.target(), invocation)
            };
            if verdict != Verdict::Drop {
                delivery.render(scratch, moment, invocation);
            }
            verdict
        };
        let verdict = match elsewhere {
            Some(invocation) => render(Some(invocation)),
            None => Invocation::with_current(|invocation| render(Some(invocation))).unwrap_or_else(|| render(None)),
        };
        drop(extensions);
        match verdict {
            Verdict::Drop => {}
            // The common case no longer needs the invocation.
            Verdict::Print if !delivery.may_flush_on(level) => delivery.write(&scratch.line),
            verdict => {
                // Not inside `with_current`, because an output is foreign code.
                let invocation = elsewhere.cloned().or_else(Invocation::current);
                let state = self.state_in(invocation.as_ref());
                delivery.deliver(&scratch.line, level, verdict, state);
            }
        }
    }

    /// Writes the record in a custom format, from copies, because the formatter may log, append keys or enter spans
    /// itself.
    fn write_unlocked<S: for<'span> LookupSpan<'span>>(
        &self,
        scratch: &mut Scratch,
        metadata: &Metadata<'_>,
        span: Option<&SpanRef<'_, S>>,
        elsewhere: Option<Invocation>,
    ) {
        let level = *metadata.level();
        let invocation = elsewhere.or_else(Invocation::current);
        let verdict = self.logger.verdict(level, metadata.target(), invocation.as_ref());
        if verdict == Verdict::Drop {
            return;
        }
        if let Some(span) = span {
            refresh(span);
        }
        let fields = span.and_then(|span| Some(span.extensions().get::<SpanState>()?.fields().clone()));
        let moment = Moment {
            level,
            location: location(metadata),
            span: fields.as_ref(),
        };
        let delivery = &self.logger.delivery;
        delivery.render(scratch, moment, invocation.as_ref());
        delivery.deliver(&scratch.line, level, verdict, self.state_in(invocation.as_ref()));
    }

    /// Returns whether the failure that the runtime's event reports is already a record.
    fn is_failure_logged(&self, event: &Metadata<'_>, invocation: Option<&Invocation>) -> bool {
        let is_panic = event.fields().field(RUNTIME_PANIC).is_some();
        let is_logged = |invocation: &Invocation| {
            let state = self.state_in(Some(invocation));
            state.is_some_and(|state| state.is_failure_logged() || (is_panic && state.is_panic_logged()))
        };
        invocation
            .map(is_logged)
            .or_else(|| Invocation::with_current(is_logged))
            .unwrap_or(false)
    }

    /// Returns the logger's state in an invocation, if it takes part in it.
    fn state_in<'a>(&self, invocation: Option<&'a Invocation>) -> Option<&'a LogState> {
        invocation?.state_of(&self.logger)
    }
}

impl fmt::Debug for RecordLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordLayer").finish_non_exhaustive()
    }
}

fn new_state(own: &Fields, outer: Option<&SpanState>, attributes: &Attributes<'_>) -> SpanState {
    let of_parent = || outer.and_then(|outer| outer.invocation.clone());
    let invocation = if attributes.parent().is_some() {
        of_parent().or_else(Invocation::current)
    } else {
        Invocation::current().or_else(of_parent)
    };
    SpanState::new(own, outer, invocation)
}

/// Returns the extensions of a span whose fields are not stale; `extensions` are its extensions.
#[inline]
fn fresh<'a, S>(span: &'a SpanRef<'_, S>, extensions: Extensions<'a>) -> Extensions<'a>
where
    S: for<'span> LookupSpan<'span>,
{
    if !extensions.get::<SpanState>().is_some_and(SpanState::is_stale) {
        return extensions;
    }
    drop(extensions);
    refresh(span);
    span.extensions()
}

/// Collects a span's fields again if an enclosing span has recorded one since.
fn refresh<S: for<'span> LookupSpan<'span>>(span: &SpanRef<'_, S>) {
    let is_stale = span.extensions().get::<SpanState>().is_some_and(SpanState::is_stale);
    if !is_stale {
        return;
    }
    // Read before the fields are: a field that is recorded meanwhile makes the span stale again.
    let seen = recorded();
    let mut fields = pool::take();
    for outer in span.scope().from_root() {
        if outer.id() != span.id()
            && let Some(state) = outer.extensions().get::<SpanState>()
        {
            state.add_own(&mut fields);
        }
    }
    if let Some(state) = span.extensions_mut().get_mut::<SpanState>() {
        state.inherit(&fields, seen);
    }
    pool::put(fields);
}

/// Returns the original metadata if the event is a record of the `log` crate, and `None` otherwise.
#[cfg(feature = "log")]
fn normalized<'a>(event: &'a Event<'_>) -> Option<Metadata<'a>> {
    use tracing_log::NormalizeEvent;
    // Compared first, because it rules out nearly all events.
    (event.metadata().target() == "log")
        .then(|| event.normalized_metadata())
        .flatten()
}

#[cfg(not(feature = "log"))]
fn normalized<'a>(_: &'a Event<'_>) -> Option<Metadata<'a>> {
    None
}

fn location<'a>(metadata: &Metadata<'a>) -> Location<'a> {
    match (metadata.module_path().or_else(|| metadata.file()), metadata.line()) {
        (Some(place), Some(line)) => Location::Line(place, line),
        (Some(place), None) => Location::Name(place),
        (None, _) => Location::Name(metadata.target()),
    }
}
