//! [`TargetLevels`], the levels of single targets.

use std::borrow::Cow;

use tracing::level_filters::LevelFilter;

/// The levels of single targets, such as crates and modules: the `target_level` of the logger and the tracer.
///
/// * `orders` matches the target `orders` and everything inside it (`orders::db`), but not `orders_api`.
/// * A `*` at the end matches any rest of the name: `orders*` also matches `orders_api` and `orders_api::http`. A `*`
///   elsewhere has no special meaning.
/// * If several match, the longest one counts; if two differ only in the `*`, the one without it.
///
/// ```
/// use powertools_lambda_core::TargetLevels;
/// use tracing::level_filters::LevelFilter;
///
/// let mut levels = TargetLevels::default();
/// levels.set("aws_sdk_*", LevelFilter::WARN);
/// levels.set("orders", LevelFilter::DEBUG);
/// assert_eq!(levels.level_of("aws_sdk_sqs::operation"), Some(LevelFilter::WARN));
/// assert_eq!(levels.level_of("orders::db"), Some(LevelFilter::DEBUG));
/// assert_eq!(levels.level_of("orders_payment"), None);
/// ```
#[derive(Clone, Debug, Default)]
pub struct TargetLevels(
    /// The most specific first, so that the first match counts.
    Vec<(Cow<'static, str>, LevelFilter)>,
);

impl TargetLevels {
    /// Sets the level of a target.
    pub fn set(&mut self, target: impl Into<Cow<'static, str>>, level: impl Into<LevelFilter>) {
        let (target, level) = (target.into(), level.into());
        self.0.retain(|(known, _)| *known != target);
        let at = self.0.partition_point(|(known, _)| rank(known) >= rank(&target));
        self.0.insert(at, (target, level));
    }

    /// Adds the levels of `other` for targets that have none here.
    pub fn add_missing(&mut self, other: Self) {
        for (target, level) in other.0 {
            if !self.0.iter().any(|(known, _)| *known == target) {
                self.set(target, level);
            }
        }
    }

    /// Returns the level that counts for a target, if a pattern matches it.
    pub fn level_of(&self, target: &str) -> Option<LevelFilter> {
        self.find(target).map(|(_, level)| level)
    }

    /// Returns the pattern that counts for a target, as it was set, and its level.
    pub fn find(&self, target: &str) -> Option<(&str, LevelFilter)> {
        let found = self.0.iter().find(|(pattern, _)| Self::matches(pattern, target));
        found.map(|(pattern, level)| (&**pattern, *level))
    }

    /// Returns the most verbose level of any target.
    pub fn max_level(&self) -> Option<LevelFilter> {
        self.0.iter().map(|(_, level)| *level).max()
    }

    /// Returns whether `pattern`, which may end in a `*`, matches a target.
    pub fn matches(pattern: &str, target: &str) -> bool {
        if let Some(prefix) = pattern.strip_suffix('*') {
            return target.starts_with(prefix);
        }
        let rest = target.strip_prefix(pattern);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    }
}

/// Returns how specific a pattern is: the longer the more, and at equal length more without a `*` than with it.
fn rank(pattern: &str) -> (usize, bool) {
    match pattern.strip_suffix('*') {
        Some(prefix) => (prefix.len(), false),
        None => (pattern.len(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_segments_match_and_a_star_matches_any_rest() {
        for (pattern, target, expected) in [
            ("orders", "orders", true),
            ("orders", "orders::db::pool", true),
            ("orders", "orders_payment", false),
            ("orders", "orders_payment::db", false),
            ("orders::db", "orders::dbx", false),
            ("hyper", "hyper_util::client", false),
            ("orders*", "orders", true),
            ("orders*", "orders_payment::db", true),
            ("aws_sdk_*", "aws_sdk_sqs::operation", true),
            ("aws_sdk_*", "aws_smithy_http", false),
            ("*", "anything::else", true),
            ("aws_*_sqs", "aws_sdk_sqs", false),
            ("", "orders", false),
        ] {
            assert_eq!(TargetLevels::matches(pattern, target), expected, "{pattern} {target}");
        }
    }

    #[test]
    fn the_most_specific_target_counts_in_any_order() {
        let all = [
            ("*", LevelFilter::OFF),
            ("orders", LevelFilter::DEBUG),
            ("orders*", LevelFilter::WARN),
            ("orders::db", LevelFilter::ERROR),
        ];
        for turn in 0..all.len() {
            let mut levels = TargetLevels::default();
            for (target, level) in all.iter().cycle().skip(turn).take(all.len()) {
                levels.set(*target, *level);
            }
            for (target, expected) in [
                ("hyper", LevelFilter::OFF),
                ("orders", LevelFilter::DEBUG),
                ("orders::http", LevelFilter::DEBUG),
                ("orders_payment", LevelFilter::WARN),
                ("orders::db::pool", LevelFilter::ERROR),
            ] {
                assert_eq!(levels.level_of(target), Some(expected), "{target}");
            }
            assert_eq!(levels.max_level(), Some(LevelFilter::DEBUG));
        }
    }

    #[test]
    fn a_level_set_twice_is_the_last_and_one_added_later_does_not_replace_it() {
        let mut levels = TargetLevels::default();
        levels.set("a", LevelFilter::WARN);
        levels.set("a", LevelFilter::ERROR);
        let mut more = TargetLevels::default();
        more.set("a", LevelFilter::TRACE);
        more.set("b", LevelFilter::DEBUG);
        levels.add_missing(more);
        assert_eq!(levels.level_of("a"), Some(LevelFilter::ERROR));
        assert_eq!(levels.find("b"), Some(("b", LevelFilter::DEBUG)));
    }
}
