//! What a process gives its functions.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::{Clock, ColdStart, Output, Variables, Warnings};

/// What the toolkit takes from the process: environment, clock, output, warnings, cold start.
///
/// Everything that would otherwise be read from a global enters through this one value, so a test can hand in its own
/// (see the `test-util` feature). Utilities take it by their builder's `environment(..)` and use [`Environment::process`] otherwise.
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
    /// Returns the real thing: the same one at every call.
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

    /// Creates an environment of its own, with a cold start of its own.
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

    /// Returns where log records and metric documents go.
    pub fn output(&self) -> &Output {
        &self.0.output
    }

    /// Returns where warnings of the toolkit go.
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
        f.write_str("Host")
    }
}
