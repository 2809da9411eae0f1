//! [`Query`]: a parsed query that can be run.

mod command;
mod evaluate;
mod expression;
mod function;
mod grammar;
mod operand;

use std::str::FromStr;

use command::Command;
use powertools_telemetry::Telemetry;

use crate::events;
use crate::syntax::{self, SyntaxError};
use crate::table::Table;
use crate::value::Row;

/// A query of CloudWatch Logs Insights, in the subset that the crate's documentation describes.
#[derive(Clone, Debug)]
pub struct Query {
    commands: Vec<Command>,
}

impl FromStr for Query {
    type Err = SyntaxError;

    fn from_str(source: &str) -> Result<Self, SyntaxError> {
        let commands = syntax::parse(grammar::commands, source)?;
        Ok(Self { commands })
    }
}

impl Query {
    /// Runs the query over all log groups.
    pub fn run(&self, telemetry: &Telemetry) -> Table {
        self.over(events::all(telemetry))
    }

    /// Runs the query over log events.
    pub(crate) fn over(&self, events: Vec<Row>) -> Table {
        evaluate::run(&self.commands, events)
    }
}
