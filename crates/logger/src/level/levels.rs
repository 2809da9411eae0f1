//! `Levels`, which finds the levels in code and variables.

use powertools_lambda_core::{Environment, Variables};
use tracing::level_filters::LevelFilter;

use super::directives::{self, Directives};

/// The levels that a logger starts with.
#[derive(Debug)]
pub(crate) struct Levels {
    /// The level of all targets without a separate level.
    pub(crate) level: LevelFilter,
    /// Lambda's level, which no other level may exceed.
    pub(crate) lambda: Option<LevelFilter>,
    /// The targets with a separate level.
    pub(crate) directives: Directives,
}

impl Levels {
    /// Returns the levels in force.
    ///
    /// The first of these that is set: Lambda's level (`AWS_LAMBDA_LOG_LEVEL`, if the log format is JSON), the
    /// builder's, `POWERTOOLS_LOG_LEVEL`, `LOG_LEVEL`, the level without a target in `RUST_LOG`, INFO. The builder's
    /// directives take precedence over those of `RUST_LOG`.
    pub(crate) fn resolve(environment: &Environment, built: Option<LevelFilter>, mut directives: Directives) -> Self {
        let env = environment.variables();
        let rust_log = env.parse_with(
            "RUST_LOG",
            "directives like `info,my_crate=debug,hyper=warn`",
            directives::parse,
        );
        let (by_target, of_rust_log) = rust_log.unwrap_or_default();
        directives.add_missing(by_target);
        let own = built
            .or_else(|| variable(env, "POWERTOOLS_LOG_LEVEL"))
            .or_else(|| variable(env, "LOG_LEVEL"))
            .or(of_rust_log)
            .unwrap_or(LevelFilter::INFO);
        let lambda = lambda_level(env);
        if let Some(lambda) = lambda
            && lambda < own
        {
            environment.warnings().once(
                "lambda log level",
                format_args!(
                    "the log level {own} is more verbose than Lambda's AWS_LAMBDA_LOG_LEVEL {lambda}, which takes precedence: \
                     less severe records are not written"
                ),
            );
        }
        Self {
            level: lambda.unwrap_or(own),
            lambda,
            directives,
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
    env.parse_with(name, "TRACE, DEBUG, INFO, WARN or ERROR", parse)
}

/// Parses a level by any of the names that the Powertools languages use.
fn parse(text: &str) -> Option<LevelFilter> {
    Some(match text.to_ascii_uppercase().as_str() {
        "TRACE" => LevelFilter::TRACE,
        "DEBUG" => LevelFilter::DEBUG,
        "INFO" => LevelFilter::INFO,
        "WARN" | "WARNING" => LevelFilter::WARN,
        "ERROR" | "CRITICAL" | "FATAL" => LevelFilter::ERROR,
        "SILENT" | "OFF" => LevelFilter::OFF,
        _ => return None,
    })
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
            Levels::resolve(environment.environment(), built, Directives::default()).level,
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
    fn a_stricter_lambda_level_is_one_warning() {
        let (level, warnings) = resolved(
            &[("AWS_LAMBDA_LOG_FORMAT", "JSON"), ("AWS_LAMBDA_LOG_LEVEL", "FATAL")],
            None,
        );
        assert_eq!(level, LevelFilter::ERROR);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
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
    fn directives_that_do_not_parse_are_a_warning() {
        let (level, warnings) = resolved(&[("RUST_LOG", "orders=loud")], None);
        assert_eq!((level, warnings.len()), (LevelFilter::INFO, 1), "{warnings:?}");
    }
}
