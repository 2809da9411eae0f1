//! `RustLog`, the levels in the variable `RUST_LOG`.

use powertools_lambda_core::{TargetLevels, Variables, Warnings};
use tracing::level_filters::LevelFilter;

use super::parse_level;

/// The levels in `RUST_LOG`, such as `info,orders=debug,hyper=warn`.
///
/// A target matches as a text prefix, as with other subscribers: `aws_sdk=warn` is the level of all crates of the AWS SDK.
/// A `*` at its end is accepted. A target without a level has TRACE.
#[derive(Debug, Default)]
pub(super) struct RustLog {
    /// The level without a target.
    pub(super) level: Option<LevelFilter>,
    pub(super) targets: TargetLevels,
}

impl RustLog {
    /// Reads the variable part by part: an empty part is ignored, and an invalid part is ignored with a warning.
    pub(super) fn from_env(variables: &Variables, warnings: &Warnings) -> Self {
        let mut rust_log = Self::default();
        let text = variables.text("RUST_LOG").unwrap_or_default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            if rust_log.add(part).is_none() {
                warnings.once(
                    &format!("RUST_LOG {part}"),
                    format_args!(
                        "RUST_LOG contains {part:?}, expected a level, a target or both, such as `info`, `orders` or \
                         `hyper=warn`: this part is ignored"
                    ),
                );
            }
        }
        rust_log
    }

    fn add(&mut self, part: &str) -> Option<()> {
        let (target, level) = match part.split_once('=') {
            Some((target, level)) => (target.trim_end(), level_of(level.trim_start())?),
            None => match level_of(part) {
                Some(level) => ("*", level),
                None => (part, LevelFilter::TRACE),
            },
        };
        let target = target.strip_suffix('*').unwrap_or(target);
        if target.is_empty() && part.starts_with('=') {
            return None;
        }
        // Spans, fields and regular expressions, as in `[span{field}]` and `info/text`, are not supported.
        if target.contains(|c: char| c.is_whitespace() || "[]{}/*".contains(c)) {
            return None;
        }
        if target.is_empty() {
            self.level = Some(level);
        } else {
            self.targets.set(format!("{target}*"), level);
        }
        Some(())
    }
}

/// Parses a level by its name, or by its number from 0 (off) to 5 (TRACE).
fn level_of(text: &str) -> Option<LevelFilter> {
    let by_number = || {
        text.parse()
            .ok()
            .filter(|_| text.len() == 1 && text.as_bytes()[0].is_ascii_digit())
    };
    parse_level(text).or_else(by_number)
}

#[cfg(test)]
mod tests {
    use powertools_lambda_core::test_util::TestEnvironment;
    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> (RustLog, Vec<String>) {
        let environment = TestEnvironment::new().var("RUST_LOG", text);
        let own = environment.environment();
        (
            RustLog::from_env(own.variables(), own.warnings()),
            environment.warnings(),
        )
    }

    #[test]
    fn each_part_is_a_level_a_target_or_both() {
        for text in [
            "info,orders=debug,hyper=off,aws_sdk_*=warn,sqlx",
            " info , orders = debug,hyper=OFF,\taws_sdk_=Warning, sqlx ",
            "info,,orders=debug,,hyper=0,aws_sdk_=2,sqlx=5,",
            ",*=info,orders=debug,hyper=silent,aws_sdk_=3,aws_sdk_=warn,sqlx*=trace",
        ] {
            let (rust_log, warnings) = read(text);
            assert_eq!(rust_log.level, Some(LevelFilter::INFO), "{text}");
            for (target, level) in [
                ("orders", Some(LevelFilter::DEBUG)),
                ("orders::db", Some(LevelFilter::DEBUG)),
                // Text prefixes, as with other subscribers.
                ("orders_payment", Some(LevelFilter::DEBUG)),
                ("hyper_util::client", Some(LevelFilter::OFF)),
                ("aws_sdk_sqs", Some(LevelFilter::WARN)),
                ("sqlx::query", Some(LevelFilter::TRACE)),
                ("other", None),
            ] {
                assert_eq!(rust_log.targets.level_of(target), level, "{target} in {text}");
            }
            assert_eq!(warnings, [""; 0], "{text}");
        }
    }

    #[test]
    fn a_bad_part_costs_no_other_and_is_one_warning_that_names_it() {
        for part in [
            "orders=loud",
            "hyper=",
            "=debug",
            "a[span]=debug",
            "info/text",
            "a=b=c",
            "a b",
            "a=6",
        ] {
            for text in [
                format!("warn,{part},sqlx=debug"),
                format!("{part},{part},warn,sqlx=debug"),
            ] {
                let (rust_log, warnings) = read(&text);
                assert_eq!(rust_log.level, Some(LevelFilter::WARN), "{text}");
                assert_eq!(rust_log.targets.level_of("sqlx"), Some(LevelFilter::DEBUG), "{text}");
                assert_eq!(warnings.len(), 1, "{text}: {warnings:?}");
                assert!(
                    warnings[0].contains(&format!("RUST_LOG contains {part:?}")),
                    "{warnings:?}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn a_part_means_the_same_among_any_others(
            before in prop::collection::vec("[a-z=*\\[\\]/0-9 ]{0,8}", 0..4),
            after in prop::collection::vec("[a-z=*\\[\\]/0-9 ]{0,8}", 0..4),
        ) {
            let parts = [&before[..], &["Orders::db=warn".to_owned()], &after].concat();
            let (rust_log, warnings) = read(&parts.join(","));
            prop_assert_eq!(rust_log.targets.level_of("Orders::db::pool"), Some(LevelFilter::WARN));
            prop_assert!(warnings.len() < parts.len());
        }
    }
}
