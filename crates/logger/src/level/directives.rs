//! `Directives`, the levels of single targets.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;

/// The targets with a separate level.
#[derive(Clone, Debug, Default)]
pub(crate) struct Directives(
    /// Longest target first, so that the first match is the most specific.
    Vec<(String, LevelFilter)>,
);

impl Directives {
    /// Sets the level of a target and of the modules inside it.
    pub(crate) fn set(&mut self, target: String, level: LevelFilter) {
        self.0.retain(|(known, _)| *known != target);
        let at = self.0.partition_point(|(known, _)| known.len() > target.len());
        self.0.insert(at, (target, level));
    }

    /// Adds the levels of `other` for targets that have none here.
    pub(crate) fn add_missing(&mut self, other: Self) {
        for (target, level) in other.0 {
            if !self.0.iter().any(|(known, _)| *known == target) {
                self.set(target, level);
            }
        }
    }

    /// Returns the separate level of `target`, if it has one.
    pub(crate) fn level_of(&self, target: &str) -> Option<LevelFilter> {
        let found = self.0.iter().find(|(prefix, _)| target.starts_with(prefix.as_str()));
        found.map(|(_, level)| *level)
    }

    /// Returns the most verbose level of any target.
    pub(crate) fn max_level(&self) -> Option<LevelFilter> {
        self.0.iter().map(|(_, level)| *level).max()
    }
}

/// Parses `RUST_LOG`: the directives by target, and the level without a target if there is one.
pub(crate) fn parse(text: &str) -> Option<(Directives, Option<LevelFilter>)> {
    let targets: Targets = text.parse().ok()?;
    let mut directives = Directives::default();
    for (target, level) in &targets {
        directives.set(target.to_owned(), level);
    }
    Some((directives, targets.default_level()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_target_decides() {
        let (directives, level) = parse("info,orders=debug,orders::db=warn,hyper=off").unwrap();
        assert_eq!(level, Some(LevelFilter::INFO));
        assert_eq!(directives.level_of("orders::payment"), Some(LevelFilter::DEBUG));
        assert_eq!(directives.level_of("orders::db::pool"), Some(LevelFilter::WARN));
        assert_eq!(directives.level_of("hyper::client"), Some(LevelFilter::OFF));
        assert_eq!(directives.level_of("other"), None);
        assert_eq!(directives.max_level(), Some(LevelFilter::DEBUG));
    }

    #[test]
    fn a_directive_given_twice_takes_the_last_and_one_added_later_does_not_replace_it() {
        let mut directives = Directives::default();
        directives.set("a".into(), LevelFilter::WARN);
        directives.set("a".into(), LevelFilter::ERROR);
        let (more, _) = parse("a=trace,b=debug").unwrap();
        directives.add_missing(more);
        assert_eq!(directives.level_of("a"), Some(LevelFilter::ERROR));
        assert_eq!(directives.level_of("b"), Some(LevelFilter::DEBUG));
    }

    #[test]
    fn an_invalid_directive_is_none() {
        assert!(parse("a=loud").is_none());
        assert!(parse("a[span]=debug=x").is_none());
    }
}
