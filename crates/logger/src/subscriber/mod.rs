//! The parts of [`Logger::subscriber_layer`], for a layer that does more than write records.
//!
//! Most functions do not need it: they add [`Logger::subscriber_layer`] next to their own layers. But every layer with
//! a filter looks up each span in the registry at every step of the span's life. A layer that does something else with
//! spans or events can also write the records, so that there is only one filter and one lookup. It contains a
//! [`RecordLayer`], forwards its calls, and is added with a filter that lets at least as much pass as [`RecordFilter`].
//! [`Logger::records`] and [`Logger::record_filter`] return the two. The crate `powertools-lambda` combines logger and
//! tracer in this way.
//!
//! Such a layer must
//!
//! * call `on_new_span` (or [`RecordLayer::new_span`], if it has already looked the span up) for every span that it sees,
//!   including those that [`RecordFilter`] rejects: each span carries its invocation to the spans and the work inside it, and
//!   [`RecordLayer::invocation_of`] returns it from then on;
//! * call `on_record`, `on_enter` (or [`RecordLayer::enter`], if it has already looked the span up) and `on_exit` for every span
//!   that it sees; `on_close` is not needed;
//! * call `on_event` only for an event that [`RecordFilter`] lets pass. A layer whose own filter lets the same events
//!   pass need not check again.
//!
//! ```
//! use std::sync::atomic::{AtomicUsize, Ordering};
//!
//! use powertools_lambda_logger::Logger;
//! use powertools_lambda_logger::subscriber::{RecordFilter, RecordLayer};
//! use tracing::span::{Attributes, Id, Record};
//! use tracing::{Event, Subscriber};
//! use tracing_subscriber::filter::{FilterExt, LevelFilter};
//! use tracing_subscriber::layer::{Context, Filter, SubscriberExt};
//! use tracing_subscriber::{Layer, registry::LookupSpan};
//!
//! /// Writes records, and counts events down to DEBUG, at any level of the logger.
//! struct CountingLayer {
//!     records: RecordLayer,
//!     filter: RecordFilter,
//!     events: AtomicUsize,
//! }
//!
//! impl<S: Subscriber + for<'span> LookupSpan<'span>> Layer<S> for CountingLayer {
//!     fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
//!         self.records.on_new_span(attributes, id, context);
//!     }
//!
//!     fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
//!         self.records.on_record(id, values, context);
//!     }
//!
//!     fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
//!         self.events.fetch_add(1, Ordering::Relaxed);
//!         if self.filter.enabled(event.metadata(), &context) {
//!             self.records.on_event(event, context);
//!         }
//!     }
//!
//!     fn on_enter(&self, id: &Id, context: Context<'_, S>) {
//!         self.records.on_enter(id, context);
//!     }
//!
//!     fn on_exit(&self, id: &Id, context: Context<'_, S>) {
//!         self.records.on_exit(id, context);
//!     }
//! }
//!
//! let logger = Logger::from_env();
//! let counting = CountingLayer {
//!     records: logger.records(),
//!     filter: logger.record_filter(),
//!     events: AtomicUsize::new(0),
//! };
//! let subscriber = tracing_subscriber::registry().with(counting.with_filter(logger.record_filter().or(LevelFilter::DEBUG)));
//! ```
//!
//! [`Logger`]: crate::Logger
//! [`Logger::subscriber_layer`]: crate::Logger::subscriber_layer
//! [`Logger::records`]: crate::Logger::records
//! [`Logger::record_filter`]: crate::Logger::record_filter

#[cfg(feature = "log")]
pub(crate) mod log_bridge;
mod record_filter;
mod record_layer;
mod sole_layer;
mod span_state;
mod visitor;

pub use self::record_filter::RecordFilter;
pub use self::record_layer::RecordLayer;
pub use self::sole_layer::SoleLayer;
