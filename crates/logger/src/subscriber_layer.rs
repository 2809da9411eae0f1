//! The `tracing_subscriber` layer: events become records.

use std::sync::Arc;

use powertools_lambda_core::{INVOCATION_SPAN, Invocation, enter_span, exit_span};
use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{Extensions, LookupSpan, SpanRef};

use crate::context::LogState;
use crate::fields::Fields;
use crate::filter::Verdict;
use crate::inner::{Inner, Moment};
use crate::record::Location;
use crate::scope_keys;
use crate::scratch::Scratch;
use crate::span::SpanState;
use crate::value::FieldVisitor;

/// Writes a record for each event, and keeps in each span its invocation and its fields.
pub struct RecordLayer {
    pub(crate) logger: Arc<Inner>,
}

/// The target of the event by which the runtime reports what the handler layer has reported before.
const RUNTIME_FAILURE: &str = "lambda_runtime::layers::panic";

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for RecordLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        Scratch::with(|scratch| {
            let own = &mut scratch.fields;
            let metadata = attributes.metadata();
            let target = metadata.target();
            // The invocation's own span says nothing that its records do not have.
            if target != INVOCATION_SPAN && !scope_keys::take_pending(target, own) && self.takes(metadata) {
                attributes.record(&mut FieldVisitor::span(own));
            }
            let parent = span.parent();
            let state = match &parent {
                Some(parent) => {
                    refresh(parent);
                    let extensions = parent.extensions();
                    new_state(own, extensions.get::<SpanState>(), attributes)
                }
                None => new_state(own, None, attributes),
            };
            span.extensions_mut().insert(state);
        });
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
        // An event with a parent of its own belongs to that span's invocation.
        let elsewhere = span
            .as_ref()
            .filter(|_| !event.is_contextual())
            .and_then(|span| span.extensions().get::<SpanState>()?.invocation.clone());
        if metadata.target() == RUNTIME_FAILURE && is_failure_logged(elsewhere.as_ref()) {
            return;
        }
        Scratch::with(|scratch| {
            let mut visitor = FieldVisitor::event(&mut scratch.fields, &mut scratch.message, normalized.is_some());
            event.record(&mut visitor);
            visitor.finish();
            if self.logger.format.runs_foreign_code() {
                self.write_unlocked(scratch, metadata, span.as_ref(), elsewhere);
            } else {
                self.write(scratch, metadata, span.as_ref(), elsewhere.as_ref());
            }
        });
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(state) = span.extensions().get::<SpanState>()
            && let Some(invocation) = &state.invocation
        {
            enter_span(id.into_u64(), invocation);
        }
    }

    fn on_exit(&self, id: &Id, _: Context<'_, S>) {
        exit_span(id.into_u64());
    }
}

impl RecordLayer {
    /// Returns the invocation that a span carries.
    pub fn invocation_of<S>(&self, id: &Id, context: &Context<'_, S>) -> Option<Invocation>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        context.span(id)?.extensions().get::<SpanState>()?.invocation.clone()
    }

    /// Returns whether a span's fields stand on records; in a layer that does more there are spans for other reasons.
    fn takes(&self, metadata: &Metadata<'_>) -> bool {
        self.logger.rules.takes_span(metadata)
    }

    /// Writes the record in the logger's own format, in which no foreign code runs: everything is read where it is.
    fn write<S: for<'span> LookupSpan<'span>>(
        &self,
        scratch: &mut Scratch,
        metadata: &Metadata<'_>,
        span: Option<&SpanRef<'_, S>>,
        elsewhere: Option<&Invocation>,
    ) {
        let level = *metadata.level();
        let mut extensions = span.map(SpanRef::extensions);
        let is_stale = |extensions: &Extensions<'_>| extensions.get::<SpanState>().is_some_and(SpanState::is_stale);
        if let Some(span) = span.filter(|_| extensions.as_ref().is_some_and(is_stale)) {
            drop(extensions.take());
            refresh(span);
            extensions = Some(span.extensions());
        }
        let moment = Moment {
            level,
            location: location(metadata),
            span: extensions
                .as_ref()
                .and_then(|extensions| extensions.get::<SpanState>())
                .map(SpanState::fields),
        };
        let mut render = |invocation: Option<&Invocation>| {
            let rules = &self.logger.rules;
            let verdict = if rules.is_fixed() {
                Verdict::Print
            } else {
                rules.verdict(level, metadata.target(), invocation)
            };
            if verdict != Verdict::Drop {
                self.logger.render(scratch, moment, invocation);
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
            // The common case needs no invocation any more.
            Verdict::Print if !self.logger.may_flush_on(level) => self.logger.host.output().write_line(&scratch.line),
            verdict => {
                let invocation = elsewhere.cloned().or_else(Invocation::current);
                self.logger.deliver(&scratch.line, level, verdict, invocation.as_ref());
            }
        }
    }

    /// Writes the record in a user's format: it works on copies, because the formatter may log, append keys or enter
    /// spans itself.
    fn write_unlocked<S: for<'span> LookupSpan<'span>>(
        &self,
        scratch: &mut Scratch,
        metadata: &Metadata<'_>,
        span: Option<&SpanRef<'_, S>>,
        elsewhere: Option<Invocation>,
    ) {
        let level = *metadata.level();
        let invocation = elsewhere.or_else(Invocation::current);
        let verdict = self.logger.rules.verdict(level, metadata.target(), invocation.as_ref());
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
        self.logger.render(scratch, moment, invocation.as_ref());
        self.logger.deliver(&scratch.line, level, verdict, invocation.as_ref());
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

/// Puts a span's fields together again where a span around it has recorded one since.
fn refresh<S: for<'span> LookupSpan<'span>>(span: &SpanRef<'_, S>) {
    let is_stale = span.extensions().get::<SpanState>().is_some_and(SpanState::is_stale);
    if !is_stale {
        return;
    }
    let mut fields = Fields::default();
    for outer in span.scope().from_root() {
        if outer.id() != span.id()
            && let Some(state) = outer.extensions().get::<SpanState>()
        {
            state.add_own(&mut fields);
        }
    }
    if let Some(state) = span.extensions_mut().get_mut::<SpanState>() {
        state.inherit(&fields);
    }
}

fn is_failure_logged(invocation: Option<&Invocation>) -> bool {
    let is_logged = |invocation: &Invocation| LogState::of(invocation).is_failure_logged();
    invocation
        .map(is_logged)
        .or_else(|| Invocation::with_current(is_logged))
        .unwrap_or(false)
}

/// Returns what an event that stands for a record of the `log` crate really is; `None` for any other.
#[cfg(feature = "log")]
fn normalized<'a>(event: &'a Event<'_>) -> Option<Metadata<'a>> {
    use tracing_log::NormalizeEvent;
    // Compared first: it tells nearly all events apart from such.
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
