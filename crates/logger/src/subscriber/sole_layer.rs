//! [`SoleLayer`], a layer whose filter is that of the whole subscriber.

use tracing::span::{Attributes, Id, Record};
use tracing::subscriber::Interest;
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Filter};

/// A layer whose filter is that of the whole subscriber.
///
/// [`Layer::with_filter`] disables nothing for other layers. To do so, it records in each span which filters let the span pass,
/// and looks the span up whenever it is entered, exited or closed. If a subscriber has no other layer, like the one that
/// [`Logger::init`](crate::Logger::init) installs, this type saves those look-ups:
///
/// ```
/// use powertools_lambda_logger::Logger;
/// use powertools_lambda_logger::subscriber::SoleLayer;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let logger = Logger::from_env();
/// let subscriber = tracing_subscriber::registry().with(SoleLayer::new(logger.records(), logger.record_filter()));
/// # drop(subscriber);
/// ```
///
/// Any other layer of the subscriber sees only what this filter lets pass.
#[derive(Clone, Debug)]
pub struct SoleLayer<L, F> {
    layer: L,
    filter: F,
}

impl<L, F> SoleLayer<L, F> {
    /// Creates a layer that forwards to `layer` what `filter` lets pass.
    pub fn new(layer: L, filter: F) -> Self {
        Self { layer, filter }
    }
}

impl<S, L, F> Layer<S> for SoleLayer<L, F>
where
    S: Subscriber,
    L: Layer<S>,
    F: Filter<S> + 'static,
{
    fn register_callsite(&self, metadata: &'static Metadata<'static>) -> Interest {
        self.filter.callsite_enabled(metadata)
    }

    fn enabled(&self, metadata: &Metadata<'_>, context: Context<'_, S>) -> bool {
        self.filter.enabled(metadata, &context)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        self.filter.max_level_hint()
    }

    fn event_enabled(&self, event: &Event<'_>, context: Context<'_, S>) -> bool {
        self.filter.event_enabled(event, &context)
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        self.filter.on_new_span(attributes, id, context.clone());
        self.layer.on_new_span(attributes, id, context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        self.filter.on_record(id, values, context.clone());
        self.layer.on_record(id, values, context);
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: Context<'_, S>) {
        self.layer.on_follows_from(id, follows, context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        self.layer.on_event(event, context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.filter.on_enter(id, context.clone());
        self.layer.on_enter(id, context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.filter.on_exit(id, context.clone());
        self.layer.on_exit(id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.filter.on_close(id.clone(), context.clone());
        self.layer.on_close(id, context);
    }

    fn on_id_change(&self, old: &Id, new: &Id, context: Context<'_, S>) {
        self.layer.on_id_change(old, new, context);
    }
}
