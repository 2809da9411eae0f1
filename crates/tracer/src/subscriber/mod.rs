//! The parts of the tracer's subscriber layer, for a layer that does more than that.
//!
//! [`Tracer::subscriber_layer`](crate::Tracer::subscriber_layer) is what most functions need. Each layer that has a filter
//! looks a span up in the registry at every step of its life, though, so a layer with several consumers of spans costs less
//! if they share one filter. `powertools_lambda::Powertools` joins the logger and the tracer in this way. Such a layer
//!
//! * has a filter that lets through at least what [`SpanFilter`] does, and asks [`SpanFilter::takes`] before
//!   [`SpanRecorder::open`] and [`SpanRecorder::event`], if its own filter lets more through;
//! * knows which invocation each span belongs to, and makes it current while the span is entered, by
//!   [`enter_span`](powertools_lambda_core::enter_span) and [`exit_span`](powertools_lambda_core::exit_span): the recorder
//!   does not carry the invocation to spawned work;
//! * calls the recorder in each of its own methods, for every span. A span that was not opened is ignored.
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
//! /// What the extensions of a span hold.
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
