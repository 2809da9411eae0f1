//! `RecordFilter`, the filter for events and spans of a `RecordLayer`.

use std::sync::Arc;

use powertools_lambda_core::Invocation;
use tracing::Metadata;
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing_subscriber::layer::{Context, Filter};

use crate::level::Verdict;
use crate::utility::LoggerUtility;

/// Selects the events and spans for a [`RecordLayer`](super::RecordLayer), and disables nothing for other layers.
///
/// Events pass by level. Spans of INFO and above always pass, because they carry the invocation and their fields belong
/// on the records inside them.
///
/// The answer for a callsite is cached, so that a rejected event costs no more than in `tracing` itself. Only an event that
/// sampling or buffering may let through is checked each time.
#[derive(Clone, Debug)]
pub struct RecordFilter {
    pub(crate) logger: Arc<LoggerUtility>,
}

impl<S> Filter<S> for RecordFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        let (level, target) = (*metadata.level(), metadata.target());
        if metadata.is_span() {
            return self.logger.rules.takes_span(metadata);
        }
        let verdict = |invocation: Option<&Invocation>| self.logger.verdict(level, target, invocation) != Verdict::Drop;
        Invocation::with_current(|invocation| verdict(Some(invocation))).unwrap_or_else(|| verdict(None))
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        let (level, target) = (*metadata.level(), metadata.target());
        let rules = &self.logger.rules;
        if rules.takes(level, target) || metadata.is_span() && rules.takes_span(metadata) {
            Interest::always()
        } else if metadata.is_event() && rules.may_want(level, target) {
            Interest::sometimes()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.logger.rules.max_level())
    }
}
