//! [`SpanFilter`], which spans are recorded.

use std::borrow::Cow;

use powertools_lambda_core::{INVOCATION_TARGET, TargetLevels};
use tracing::level_filters::LevelFilter;
use tracing::subscriber::Interest;
use tracing::{Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Filter};

/// Selects the spans that the tracer records, by level and target, and the events that can fail a span.
///
/// From [`Tracer::span_filter`](crate::Tracer::span_filter); it has the levels that the tracer was built with. As the
/// [`Filter`] of a layer, it disables nothing for other layers. Its answer for a callsite never changes, so spans and
/// events that it excludes cost nothing.
#[derive(Clone, Debug)]
pub struct SpanFilter {
    level: LevelFilter,
    targets: TargetLevels,
}

/// The field of an ERROR event that marks its span as failed.
pub(super) const ERROR_FIELD: &str = "error";

impl Default for SpanFilter {
    fn default() -> Self {
        Self {
            level: LevelFilter::INFO,
            targets: TargetLevels::default(),
        }
    }
}

impl SpanFilter {
    pub(crate) fn set_level(&mut self, level: LevelFilter) {
        self.level = level;
    }

    pub(crate) fn set_target(&mut self, target: Cow<'static, str>, level: LevelFilter) {
        self.targets.set(target, level);
    }

    /// Returns whether a span with this metadata is recorded in a recorded trace, or an event with it can fail a span.
    pub fn takes(&self, metadata: &Metadata<'_>) -> bool {
        if metadata.target() == INVOCATION_TARGET {
            return metadata.is_span();
        }
        let wanted = if metadata.is_span() {
            true
        } else {
            *metadata.level() == Level::ERROR && metadata.fields().field(ERROR_FIELD).is_some()
        };
        wanted && *metadata.level() <= self.level_of(metadata.target())
    }

    /// Returns the level of the most specific target that matches.
    fn level_of(&self, target: &str) -> LevelFilter {
        let (internal, otherwise) = match internal(target) {
            Some(internal) => (internal, LevelFilter::OFF),
            None => ("", self.level),
        };
        self.targets
            .find(target)
            .filter(|(pattern, _)| pattern.len() >= internal.len())
            .map_or(otherwise, |(_, level)| level)
    }
}

/// Returns the crate or pattern that a target belongs to, if it is internal to the runtime or to clients.
///
/// Their spans are off by default, because the tracer has its own subsegments for those calls.
fn internal(target: &str) -> Option<&str> {
    // No name below begins with another letter.
    if !matches!(target.bytes().next(), Some(b'a' | b'h' | b'l' | b'p' | b'r' | b't')) {
        return None;
    }
    // Up to the first `::`; searching for a text costs more than the rest of the filter.
    let end = target.bytes().position(|byte| byte == b':');
    let name = end.filter(|end| target[*end..].starts_with("::"));
    let name = name.map_or(target, |end| &target[..end]);
    match name {
        "aws_config"
        | "aws_credential_types"
        | "aws_runtime"
        | "aws_sigv4"
        | "aws_types"
        | "h2"
        | "hyper"
        | "hyper_rustls"
        | "hyper_util"
        | "lambda_http"
        | "lambda_runtime"
        | "lambda_runtime_api_client"
        // Its spans carry the keys of a scope of log records.
        | "powertools_lambda_logger"
        | "reqwest"
        | "rustls"
        | "tokio"
        | "tower" => Some(name),
        _ => ["aws_sdk_*", "aws_smithy_*"]
            .into_iter()
            .find(|pattern| TargetLevels::matches(pattern, name)),
    }
}

impl<S: Subscriber> Filter<S> for SpanFilter {
    fn enabled(&self, metadata: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        self.takes(metadata)
    }

    fn callsite_enabled(&self, metadata: &'static Metadata<'static>) -> Interest {
        if self.takes(metadata) {
            Interest::always()
        } else {
            Interest::never()
        }
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // The invocation's span has the level ERROR.
        self.targets.max_level().max(Some(self.level.max(LevelFilter::ERROR)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_matching_target_decides() {
        let mut filter = SpanFilter::default();
        filter.set_target("orders::noise".into(), LevelFilter::OFF);
        filter.set_target("aws_sdk_dynamodb".into(), LevelFilter::DEBUG);
        filter.set_target("aws_*".into(), LevelFilter::TRACE);
        filter.set_target("tower".into(), LevelFilter::WARN);
        for (target, level) in [
            ("orders", LevelFilter::INFO),
            ("orders::noise", LevelFilter::OFF),
            ("orders::noise::inner", LevelFilter::OFF),
            ("orders::noisette", LevelFilter::INFO),
            ("aws_sdk_ssm::operation", LevelFilter::OFF),
            ("aws_sdk_dynamodb::operation", LevelFilter::DEBUG),
            ("aws_orders", LevelFilter::TRACE),
            ("aws_runtime", LevelFilter::OFF),
            ("tower::limit", LevelFilter::WARN),
            ("tower_http", LevelFilter::INFO),
            ("hyper::client", LevelFilter::OFF),
            ("hyperion", LevelFilter::INFO),
        ] {
            assert_eq!(filter.level_of(target), level, "{target}");
        }
    }
}
