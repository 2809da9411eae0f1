//! `Levels`, which finds the levels in code and variables.

use powertools_lambda_core::{Environment, TargetLevels, Variables};
use tracing::level_filters::LevelFilter;

use super::parse_level;
use super::rust_log::RustLog;

/// The levels that a logger starts with.
#[derive(Debug)]
pub(crate) struct Levels {
    /// The level of all targets without a separate level.
    pub(crate) level: LevelFilter,
    /// Lambda's level, which no other level may exceed.
    pub(crate) lambda: Option<LevelFilter>,
    /// The targets with a separate level.
    pub(crate) targets: TargetLevels,
}

impl Levels {
    /// Returns the levels in force.
    ///
    /// The first of these that is set applies: Lambda's level (`AWS_LAMBDA_LOG_LEVEL`, if the log format is JSON), the
    /// builder's, `POWERTOOLS_LOG_LEVEL`, `LOG_LEVEL`, the level without a target in `RUST_LOG`, INFO. The builder's
    /// levels of targets take precedence over those of `RUST_LOG`.
    pub(crate) fn resolve(environment: &Environment, built: Option<LevelFilter>, mut targets: TargetLevels) -> Self {
        let env = environment.variables();
        let rust_log = RustLog::from_env(env, environment.warnings());
        targets.add_missing(rust_log.targets);
        let set = built
            .or_else(|| variable(env, "POWERTOOLS_LOG_LEVEL"))
            .or_else(|| variable(env, "LOG_LEVEL"))
            .or(rust_log.level);
        let lambda = lambda_level(env);
        // Only what code or a variable asks for is worth a warning, not the default.
        let most_verbose = set.max(targets.max_level());
        if let (Some(lambda), Some(set)) = (lambda, most_verbose)
            && lambda < set
        {
            environment.warnings().once(
                "lambda log level",
                format_args!(
                    "the log level {set} is more verbose than Lambda's AWS_LAMBDA_LOG_LEVEL {lambda}, which takes precedence: \
                     less severe records are not written"
                ),
            );
        }
        Self {
            level: lambda.or(set).unwrap_or(LevelFilter::INFO),
            lambda,
            targets,
        }
    }
}

/// Returns the level of Lambda's Advanced Logging Controls, which applies only with the JSON log format.
fn lambda_level(env: &Variables) -> Option<LevelFilter> {
    let format = env.text("AWS_LAMBDA_LOG_FORMAT")?;
    format
        .eq_ignore_ascii_case("json")
        .then(|| variable(env, "AWS_LAMBDA_LOG_LEVEL"))
        .flatten()
}

fn variable(env: &Variables, name: &str) -> Option<LevelFilter> {
    env.parse_with(name, "TRACE, DEBUG, INFO, WARN or ERROR", parse_level)
}

#[cfg(test)]
mod tests {
    use powertools_lambda_core::test_util::TestEnvironment;

    use super::*;

    fn resolved(variables: &[(&str, &str)], built: Option<LevelFilter>) -> (LevelFilter, Vec<String>) {
        let environment = variables
            .iter()
            .fold(TestEnvironment::new(), |environment, (name, value)| {
                environment.var(*name, *value)
            });
        (
            Levels::resolve(environment.environment(), built, TargetLevels::default()).level,
            environment.warnings(),
        )
    }

    #[test]
    fn the_first_source_that_is_set_decides() {
        let all = [
            ("AWS_LAMBDA_LOG_FORMAT", "JSON"),
            ("AWS_LAMBDA_LOG_LEVEL", "DEBUG"),
            ("POWERTOOLS_LOG_LEVEL", "ERROR"),
            ("LOG_LEVEL", "TRACE"),
            ("RUST_LOG", "warn,orders=debug"),
        ];
        let built = Some(LevelFilter::WARN);
        assert_eq!(resolved(&all, built).0, LevelFilter::DEBUG);
        assert_eq!(resolved(&all[2..], built).0, LevelFilter::WARN);
        assert_eq!(resolved(&all[2..], None).0, LevelFilter::ERROR);
        assert_eq!(resolved(&all[3..], None).0, LevelFilter::TRACE);
        assert_eq!(resolved(&all[4..], None).0, LevelFilter::WARN);
        assert_eq!(
            resolved(&[("RUST_LOG", "orders=debug")], None),
            (LevelFilter::INFO, vec![])
        );
        assert_eq!(resolved(&[], None), (LevelFilter::INFO, vec![]));
    }

    #[test]
    fn lambdas_level_applies_only_with_the_json_format() {
        let text = [("AWS_LAMBDA_LOG_FORMAT", "Text"), ("AWS_LAMBDA_LOG_LEVEL", "ERROR")];
        assert_eq!(resolved(&text, None).0, LevelFilter::INFO);
        assert_eq!(resolved(&text[1..], None).0, LevelFilter::INFO);
    }

    #[test]
    fn a_stricter_lambda_level_is_one_warning_if_code_or_a_variable_asks_for_more() {
        let lambda = |level| [("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("AWS_LAMBDA_LOG_LEVEL", level)];
        let with = |variable| [&lambda("WARN")[..], &[variable]].concat();
        for (variables, built, warned) in [
            // Nobody asked for INFO.
            (lambda("WARN").to_vec(), None, None),
            (lambda("FATAL").to_vec(), None, None),
            (lambda("DEBUG").to_vec(), Some(LevelFilter::INFO), None),
            (with(("POWERTOOLS_LOG_LEVEL", "ERROR")), None, None),
            (with(("RUST_LOG", "warn,orders=error")), None, None),
            (with(("POWERTOOLS_LOG_LEVEL", "loud")), None, Some("loud")),
            (
                lambda("FATAL").to_vec(),
                Some(LevelFilter::INFO),
                Some("the log level info"),
            ),
            (
                lambda("WARN").to_vec(),
                Some(LevelFilter::TRACE),
                Some("the log level trace"),
            ),
            (with(("POWERTOOLS_LOG_LEVEL", "INFO")), None, Some("the log level info")),
            (with(("LOG_LEVEL", "DEBUG")), None, Some("the log level debug")),
            (with(("RUST_LOG", "info")), None, Some("the log level info")),
            (with(("RUST_LOG", "orders=debug")), None, Some("the log level debug")),
        ] {
            let (level, warnings) = resolved(&variables, built);
            assert!(
                level <= LevelFilter::WARN || level == LevelFilter::DEBUG,
                "{variables:?}"
            );
            assert_eq!(
                warnings.len(),
                usize::from(warned.is_some()),
                "{variables:?}: {warnings:?}"
            );
            assert!(
                warnings.iter().all(|warning| warning.contains(warned.unwrap())),
                "{warnings:?}"
            );
        }
        let (level, warnings) = resolved(&lambda("FATAL"), Some(LevelFilter::INFO));
        assert_eq!(level, LevelFilter::ERROR);
        assert!(warnings[0].contains("AWS_LAMBDA_LOG_LEVEL error"), "{warnings:?}");
    }

    #[test]
    fn an_unknown_level_gives_way_to_the_next_source_with_a_warning() {
        let (level, warnings) = resolved(&[("POWERTOOLS_LOG_LEVEL", "loud"), ("LOG_LEVEL", "warning")], None);
        assert_eq!(level, LevelFilter::WARN);
        assert_eq!(
            warnings,
            [r#"POWERTOOLS_LOG_LEVEL is set to "loud", expected TRACE, DEBUG, INFO, WARN or ERROR: using the default"#]
        );
    }

    #[test]
    fn an_empty_part_of_rust_log_changes_nothing() {
        for text in ["warn,", ",warn", "warn,,hyper=warn", " warn ,\t,", "warn,orders=debug,"] {
            assert_eq!(
                resolved(&[("RUST_LOG", text)], None),
                (LevelFilter::WARN, vec![]),
                "{text}"
            );
        }
        assert_eq!(resolved(&[("RUST_LOG", ",")], None), (LevelFilter::INFO, vec![]));
    }

    #[test]
    fn directives_that_do_not_parse_are_a_warning() {
        let (level, warnings) = resolved(&[("RUST_LOG", "orders=loud")], None);
        assert_eq!((level, warnings.len()), (LevelFilter::INFO, 1), "{warnings:?}");
    }
}
