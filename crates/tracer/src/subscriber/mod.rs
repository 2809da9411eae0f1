//! The parts of the tracer's subscriber layer, for a custom layer that records spans and does more with them.
//!
//! Most functions need only [`Tracer::subscriber_layer`](crate::Tracer::subscriber_layer). However, each filtered layer
//! looks a span up in the registry at every step of its life, so one layer with several consumers of spans costs less
//! than several layers. `powertools_lambda::Powertools` combines the logger and the tracer in this way. Such a layer
//!
//! * has a filter that enables at least the spans and events of [`SpanFilter`]. If it enables more, it must check
//!   [`SpanFilter::takes`] before it calls [`SpanRecorder::open`] and [`SpanRecorder::event`];
//! * knows which invocation each span belongs to, and makes it current while the span is entered, with
//!   [`enter_span`](powertools_lambda_core::enter_span) and [`exit_span`](powertools_lambda_core::exit_span), because
//!   the recorder does not pass the invocation on to spawned work;
//! * calls the recorder in each of its own methods, for every span. Spans that were not opened are ignored.
//!
//! ```
//! use powertools_lambda_core::{Invocation, enter_span, exit_span};
//! use powertools_lambda_tracer::Tracer;
//! use powertools_lambda_tracer::subscriber::SpanRecorder;
//! use tracing::span::{Attributes, Id, Record};
//! use tracing::{Event, Subscriber};
//! use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
//! use tracing_subscriber::registry::LookupSpan;
//!
//! /// Records spans, and does more with them.
//! struct Joint(SpanRecorder);
//!
//! /// Kept in the extensions of a span.
//! struct Carried(Invocation);
//!
//! impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for Joint {
//!     fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
//!         let of_parent = attributes.parent().and_then(|parent| invocation_of(parent, &context));
//!         let Some(invocation) = of_parent.or_else(Invocation::current) else { return };
//!         self.0.open(&invocation, attributes, id, &context);
//!         if let Some(span) = context.span(id) {
//!             span.extensions_mut().insert(Carried(invocation));
//!         }
//!     }
//!
//!     fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
//!         self.0.record(id, values, &context);
//!     }
//!
//!     fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
//!         let of_parent = event.parent().and_then(|parent| invocation_of(parent, &context));
//!         self.0.event(event, of_parent.as_ref(), &context);
//!     }
//!
//!     fn on_enter(&self, id: &Id, context: Context<'_, S>) {
//!         if let Some(invocation) = invocation_of(id, &context) {
//!             enter_span(id, &invocation);
//!         }
//!         self.0.enter(id, &context);
//!     }
//!
//!     fn on_exit(&self, id: &Id, context: Context<'_, S>) {
//!         self.0.exit(id, &context);
//!         exit_span(id);
//!     }
//!
//!     fn on_close(&self, id: Id, context: Context<'_, S>) {
//!         self.0.close(&id, &context);
//!     }
//! }
//!
//! fn invocation_of<S>(id: &Id, context: &Context<'_, S>) -> Option<Invocation>
//! where
//!     S: Subscriber + for<'span> LookupSpan<'span>,
//! {
//!     Some(context.span(id)?.extensions().get::<Carried>()?.0.clone())
//! }
//!
//! let tracer = Tracer::from_env();
//! let layer = Joint(tracer.span_recorder()).with_filter(tracer.span_filter());
//! let subscriber = tracing_subscriber::registry().with(layer);
//! # let _ = subscriber;
//! ```

mod fields;
mod filter;
mod layer;
mod recorder;

pub use self::filter::SpanFilter;
pub(crate) use self::layer::SpanLayer;
pub use self::recorder::SpanRecorder;
