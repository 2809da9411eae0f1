//! [`Variables`], the only place that reads environment variables.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use crate::Warnings;

/// Reads environment variables as typed values.
///
/// Every reader returns `None` if the variable is unset or invalid, so that the caller can use its default. An invalid
/// value also gives one warning, which names the variable. Leading and trailing white space is ignored. A blank value
/// counts as unset and gives a warning too: it is nearly always a forgotten template parameter.
///
/// ```
/// use powertools_lambda_core::{Variables, Warnings};
///
/// let variables = Variables::from_lookup(|name| (name == "RETRIES").then(|| " 3 ".to_owned()), Warnings::process());
/// assert_eq!(variables.parse::<u32>("RETRIES", "a number"), Some(3));
/// assert_eq!(variables.flag("DEBUG"), None);
/// ```
#[derive(Clone)]
pub struct Variables {
    lookup: Arc<Lookup>,
    warnings: Warnings,
}

type Lookup = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Variables {
    /// Creates a reader of the process's environment.
    #[allow(clippy::disallowed_methods)] // the one allowed reader
    pub fn process(warnings: Warnings) -> Self {
        Self::from_lookup(
            |name| std::env::var_os(name).map(|value| value.to_string_lossy().into_owned()),
            warnings,
        )
    }

    /// Creates a reader of what `lookup` returns, for tests and for programs with another source of configuration.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static, warnings: Warnings) -> Self {
        Self {
            lookup: Arc::new(lookup),
            warnings,
        }
    }

    /// Returns a variable as text, or `None` if it is unset or blank.
    pub fn text(&self, name: &str) -> Option<String> {
        let value = (self.lookup)(name)?;
        let trimmed = value.trim();
        if trimmed.is_empty() {
            self.warn(name, &value, "a value");
            return None;
        }
        Some(if trimmed.len() == value.len() {
            value
        } else {
            trimmed.to_owned()
        })
    }

    /// Returns a boolean variable, or `None` if it is unset or not a boolean.
    ///
    /// Accepts what Powertools accepts in other languages, in any case: `1`, `y`, `yes`, `t`, `true`, `on` and `0`,
    /// `n`, `no`, `f`, `false`, `off`.
    pub fn flag(&self, name: &str) -> Option<bool> {
        self.parse_with(name, "true or false", |text| match text.to_ascii_lowercase().as_str() {
            "1" | "y" | "yes" | "t" | "true" | "on" => Some(true),
            "0" | "n" | "no" | "f" | "false" | "off" => Some(false),
            _ => None,
        })
    }

    /// Returns a variable as `T`, or `None` if it is unset or does not parse.
    ///
    /// `expected` completes the warning: `NAME is set to "x", expected <expected>: using the default`.
    pub fn parse<T: FromStr>(&self, name: &str, expected: &str) -> Option<T> {
        self.parse_with(name, expected, |text| text.parse().ok())
    }

    /// Returns a variable as parsed by `parse`, or `None` if it is unset or `parse` returns `None`.
    ///
    /// `expected` completes the warning, as for [`parse`](Self::parse).
    pub fn parse_with<T>(&self, name: &str, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.text(name)?;
        let parsed = parse(&text);
        if parsed.is_none() {
            self.warn(name, &text, expected);
        }
        parsed
    }

    /// Does what [`parse_with`](Self::parse_with) does, for a variable that may be confidential: the warning leaves its value
    /// out.
    pub fn parse_secret<T>(&self, name: &str, expected: &str, parse: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let parsed = parse(&self.text(name)?);
        if parsed.is_none() {
            self.warnings.once(
                name,
                format_args!("{name} is not valid, expected {expected}: using the default"),
            );
        }
        parsed
    }

    fn warn(&self, name: &str, value: &str, expected: &str) {
        self.warnings.once(
            name,
            format_args!("{name} is set to {value:?}, expected {expected}: using the default"),
        );
    }
}

impl fmt::Debug for Variables {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Variables")
    }
}

#[cfg(all(test, feature = "test-util"))]
mod tests {
    use crate::test_util::TestEnvironment;

    #[test]
    fn a_blank_or_unknown_value_is_none_and_one_warning() {
        let environment = TestEnvironment::new()
            .var("BLANK", " ")
            .var("FLAG", "perhaps")
            .var("NUMBER", "twelve");
        let env = environment.environment().variables().clone();
        for _ in 0..3 {
            assert_eq!(env.text("BLANK"), None);
            assert_eq!(env.flag("FLAG"), None);
            assert_eq!(env.parse::<u32>("NUMBER", "a number"), None);
        }
        assert_eq!(
            environment.warnings(),
            [
                r#"BLANK is set to " ", expected a value: using the default"#,
                r#"FLAG is set to "perhaps", expected true or false: using the default"#,
                r#"NUMBER is set to "twelve", expected a number: using the default"#,
            ]
        );
    }

    #[test]
    fn an_unset_variable_is_none_without_a_warning() {
        let environment = TestEnvironment::new();
        assert_eq!(environment.environment().variables().flag("FLAG"), None);
        assert!(environment.warnings().is_empty());
    }

    #[test]
    fn every_spelling_of_a_boolean_is_read_whatever_its_case_and_surroundings() {
        for (value, expected) in [
            ("1", true),
            ("Yes", true),
            (" true\n", true),
            ("ON", true),
            ("0", false),
            ("F", false),
            ("no", false),
        ] {
            let environment = TestEnvironment::new().var("FLAG", value);
            assert_eq!(
                environment.environment().variables().flag("FLAG"),
                Some(expected),
                "{value:?}"
            );
        }
    }
}
