//! `TestEnvironment`, the environment of a test.

use std::collections::HashMap;
use std::sync::Arc;

use super::clock::ManualClock;
use super::metrics::EmittedMetrics;
use super::output::MemoryOutput;
use super::record::LoggedRecord;
use crate::{Environment, Variables, Warnings};

/// An [`Environment`] in memory, with the test's own variables, clock, output, warnings and cold start.
///
/// Pass it to a builder's `environment(..)`. No variable of the process is read.
#[derive(Debug)]
pub struct TestEnvironment {
    vars: HashMap<String, String>,
    clock: ManualClock,
    output: MemoryOutput,
    warnings: MemoryOutput,
    environment: Environment,
}

impl TestEnvironment {
    /// Creates an environment without a variable, at 2026-01-15T10:30:00.125Z.
    pub fn new() -> Self {
        let (clock, output, warnings) = (ManualClock::default(), MemoryOutput::new(), MemoryOutput::new());
        let environment = build(HashMap::new(), &clock, &output, &warnings);
        Self {
            vars: HashMap::new(),
            clock,
            output,
            warnings,
            environment,
        }
    }

    /// Sets an environment variable. Set them before a utility is built.
    pub fn var(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.vars.insert(name.into(), value.into());
        self.environment = build(self.vars.clone(), &self.clock, &self.output, &self.warnings);
        self
    }

    /// Returns the environment, for a builder's `environment(..)`.
    pub fn environment(&self) -> &Environment {
        &self.environment
    }

    /// Returns the clock, to move it.
    pub fn clock(&self) -> &ManualClock {
        &self.clock
    }

    /// Returns the lines written so far, without their newline.
    pub fn lines(&self) -> Vec<String> {
        self.output.lines()
    }

    /// Returns the lines written so far and forgets them.
    pub fn take_lines(&self) -> Vec<String> {
        self.output.take_lines()
    }

    /// Returns the log records written so far; see [`MemoryOutput::records`].
    pub fn records(&self) -> Vec<LoggedRecord> {
        self.output.records()
    }

    /// Returns the metrics written so far; see [`MemoryOutput::metrics`].
    pub fn metrics(&self) -> EmittedMetrics {
        self.output.metrics()
    }

    /// Returns the lines written so far that are neither records nor metrics.
    pub fn other_lines(&self) -> Vec<String> {
        self.output.other_lines()
    }

    /// Returns the messages of the warnings so far.
    pub fn warnings(&self) -> Vec<String> {
        let lines = self.warnings.lines();
        lines.iter().map(|line| message_of(line)).collect()
    }
}

impl From<&TestEnvironment> for Environment {
    fn from(test: &TestEnvironment) -> Self {
        test.environment.clone()
    }
}

impl Default for TestEnvironment {
    fn default() -> Self {
        Self::new()
    }
}

fn build(
    vars: HashMap<String, String>,
    clock: &ManualClock,
    output: &MemoryOutput,
    warnings: &MemoryOutput,
) -> Environment {
    let vars = Arc::new(vars);
    let warnings = Warnings::new(clock.clock(), warnings.output());
    let env = Variables::from_lookup(move |name| vars.get(name).cloned(), warnings.clone());
    Environment::new(env, clock.clock(), output.output(), warnings)
}

/// Returns the message of a warning's line, whose only escapes are quotes, backslashes and line breaks.
fn message_of(line: &str) -> String {
    let message = line
        .split_once(r#""message":""#)
        .map_or(line, |(_, rest)| rest.trim_end_matches("\"}"));
    message.replace("\\\"", "\"").replace("\\n", "\n").replace("\\\\", "\\")
}
