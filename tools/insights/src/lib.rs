#![doc = include_str!("../README.md")]

mod comparison;
mod document;
mod query;
mod run;
mod syntax;
mod table;
mod telemetry;
mod value;
mod xray;

pub use document::{Document, Example, FilterExample};
pub use query::Query;
pub use run::{Problem, check};
pub use syntax::SyntaxError;
pub use table::Table;
pub use telemetry::Telemetry;
pub use xray::Filter;
