//! The `tracing_subscriber` layer: events become records.

use powertools_lambda_core::{Invocation, enter_span, exit_span};
use tracing::span::{Attributes, Id, Record as Values};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use crate::context::LogState;
use crate::fields::Fields;
use crate::logger::Inner;
use crate::record::Location;
use crate::scratch::Scratch;
use crate::span::SpanState;
use crate::value::FieldVisitor;

/// Writes a record for each event, and keeps in each span its invocation and its fields.
pub(crate) struct RecordLayer {
    pub(crate) logger: std::sync::Arc<Inner>,
}

/// The target of the event by which the runtime reports what the handler layer has reported before.
const RUNTIME_FAILURE: &str = "lambda_runtime::layers::panic";

impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for RecordLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        Scratch::with(|scratch| {
            let own = &mut scratch.fields;
            // The invocation's own span says nothing that its records do not have.
            if attributes.metadata().target() != powertools_lambda_core::INVOCATION_SPAN {
                attributes.record(&mut FieldVisitor {
                    fields: own,
                    message: None,
                });
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
        let Some(span) = context.span(id) else { return };
        Scratch::with(|scratch| {
            values.record(&mut FieldVisitor {
                fields: &mut scratch.fields,
                message: None,
            });
            if let Some(state) = span.extensions_mut().get_mut::<SpanState>() {
                state.record(&scratch.fields);
            }
        });
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let metadata = event.metadata();
        let span = context.event_span(event);
        if let Some(span) = &span {
            refresh(span);
        }
        // An event with a parent of its own belongs to that span's invocation.
        let elsewhere = span
            .as_ref()
            .filter(|_| !event.is_contextual())
            .and_then(|span| span.extensions().get::<SpanState>()?.invocation.clone());
        if metadata.target() == RUNTIME_FAILURE && is_failure_logged(elsewhere.as_ref()) {
            return;
        }
        Scratch::with(|scratch| {
            event.record(&mut FieldVisitor {
                fields: &mut scratch.fields,
                message: Some(&mut scratch.message),
            });
            let extensions = span.as_ref().map(SpanRef::extensions);
            let fields = extensions
                .as_ref()
                .and_then(|extensions| extensions.get::<SpanState>())
                .map(SpanState::fields);
            let record = self.logger.record(*metadata.level(), location(metadata), fields);
            match &elsewhere {
                Some(invocation) => record.write(scratch, Some(invocation)),
                None if Invocation::with_current(|invocation| record.write(scratch, Some(invocation))).is_none() => {
                    record.write(scratch, None);
                }
                None => {}
            }
            drop(extensions);
            self.logger.host.output().write_line(&scratch.line);
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

fn location<'a>(metadata: &Metadata<'a>) -> Location<'a> {
    match (metadata.module_path().or_else(|| metadata.file()), metadata.line()) {
        (Some(place), Some(line)) => Location::Line(place, line),
        (Some(place), None) => Location::Name(place),
        (None, _) => Location::Name(metadata.target()),
    }
}
