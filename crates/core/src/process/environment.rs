//! [`Environment`], everything that the toolkit takes from the process.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::{Clock, ColdStart, Output, Variables, Warnings};

/// What the toolkit takes from the process: environment variables, clock, output, warnings and cold start.
///
/// No other code reads a global, so a test can pass a fake environment: the feature `test-util` has one,
/// `test_util::TestEnvironment`. Each utility's builder takes it with `environment(..)`. Default:
/// [`Environment::process`]. Clones are the same environment.
///
/// ```
/// use powertools_lambda_core::{Clock, Environment, Output, Variables, Warnings};
///
/// // The real clock and output, but variables from somewhere else.
/// let warnings = Warnings::process();
/// let variables = Variables::from_lookup(|name| (name == "STAGE").then(|| "test".to_owned()), warnings.clone());
/// let environment = Environment::new(variables, Clock::system(), Output::stdout(), warnings);
/// assert_eq!(environment.variables().text("STAGE").as_deref(), Some("test"));
/// ```
#[derive(Clone)]
pub struct Environment(Arc<Inner>);

struct Inner {
    variables: Variables,
    clock: Clock,
    output: Output,
    warnings: Warnings,
    cold_start: ColdStart,
}

impl Environment {
    /// Returns the process-wide environment; every call returns the same one.
    pub fn process() -> Self {
        static PROCESS: OnceLock<Environment> = OnceLock::new();
        PROCESS
            .get_or_init(|| {
                let warnings = Warnings::process();
                Self::new(
                    Variables::process(warnings.clone()),
                    Clock::system(),
                    Output::stdout(),
                    warnings,
                )
            })
            .clone()
    }

    /// Creates an environment with its own cold-start flag; see [`ColdStart::from_env`].
    pub fn new(variables: Variables, clock: Clock, output: Output, warnings: Warnings) -> Self {
        let cold_start = ColdStart::from_env(&variables);
        Self(Arc::new(Inner {
            variables,
            clock,
            output,
            warnings,
            cold_start,
        }))
    }

    /// Returns the environment variables.
    pub fn variables(&self) -> &Variables {
        &self.0.variables
    }

    /// Returns the clock.
    pub fn clock(&self) -> &Clock {
        &self.0.clock
    }

    /// Returns the output for log records and metric documents.
    pub fn output(&self) -> &Output {
        &self.0.output
    }

    /// Returns the output for the toolkit's own warnings.
    pub fn warnings(&self) -> &Warnings {
        &self.0.warnings
    }

    /// Returns the environment's cold-start flag.
    pub fn cold_start(&self) -> &ColdStart {
        &self.0.cold_start
    }
}

impl Default for Environment {
    fn default() -> Self {
        Self::process()
    }
}

impl From<&Environment> for Environment {
    fn from(environment: &Environment) -> Self {
        environment.clone()
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Environment")
    }
}
