//! Which events and spans the logger looks at.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata};
use tracing_subscriber::layer::{Context, Filter};

/// The logger's own filter: it disables nothing for other layers.
///
/// Events pass by level. Spans from INFO up always pass, because they carry the invocation and their fields belong on
/// the records inside them, whatever the level.
#[derive(Clone, Debug)]
pub(crate) struct RecordFilter {
    level: SharedLevel,
}

impl RecordFilter {
    pub(crate) fn new(level: SharedLevel) -> Self {
        Self { level }
    }

    fn is_enabled(&self, metadata: &Metadata<'_>) -> bool {
        let level = *metadata.level();
        level <= self.level.get() || metadata.is_span() && level <= Level::INFO
    }
}

impl<S> Filter<S> for RecordFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.is_enabled(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.is_enabled(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.level.get().max(LevelFilter::INFO))
    }
}

/// A level that all clones share.
#[derive(Clone, Debug)]
pub(crate) struct SharedLevel(Arc<AtomicU8>);

const LEVELS: [LevelFilter; 6] = [
    LevelFilter::OFF,
    LevelFilter::ERROR,
    LevelFilter::WARN,
    LevelFilter::INFO,
    LevelFilter::DEBUG,
    LevelFilter::TRACE,
];

impl SharedLevel {
    pub(crate) fn new(level: LevelFilter) -> Self {
        let shared = Self(Arc::default());
        shared.set(level);
        shared
    }

    pub(crate) fn get(&self) -> LevelFilter {
        LEVELS[usize::from(self.0.load(Ordering::Relaxed)) % LEVELS.len()]
    }

    pub(crate) fn set(&self, level: LevelFilter) {
        let at = LEVELS.iter().position(|known| *known == level).unwrap_or(0);
        #[allow(clippy::cast_possible_truncation)] // below 6
        self.0.store(at as u8, Ordering::Relaxed);
    }
}
