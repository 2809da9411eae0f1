//! [`Filter`]: X-Ray's filter expressions over the documents that functions sent.

mod condition;
mod grammar;
mod trace;

use std::str::FromStr;

use condition::Condition;
use powertools_telemetry::Telemetry;
pub(crate) use trace::Traces;

use crate::syntax::{self, SyntaxError};

/// A filter expression of X-Ray, in the subset that the crate's documentation describes.
#[derive(Clone, Debug)]
pub struct Filter {
    condition: Condition,
}

impl FromStr for Filter {
    type Err = SyntaxError;

    fn from_str(source: &str) -> Result<Self, SyntaxError> {
        let condition = syntax::parse(grammar::filter, source)?;
        Ok(Self { condition })
    }
}

impl Filter {
    /// Returns the ids of the traces that match, in their order.
    pub fn run<'a>(&self, telemetry: &'a Telemetry) -> Vec<&'a str> {
        self.select(&Traces::of(telemetry))
    }

    pub(crate) fn select<'a>(&self, traces: &Traces<'a>) -> Vec<&'a str> {
        let matching = traces.iter().filter(|(_, trace)| self.condition.matches(trace));
        matching.map(|(id, _)| id).collect()
    }
}
