#![doc = include_str!("../README.md")]

mod comparison;
mod document;
mod events;
mod query;
mod run;
mod syntax;
mod table;
mod value;
mod xray;

pub use document::{Document, Example, FilterExample};
pub use query::Query;
pub use run::{Problem, check};
pub use syntax::SyntaxError;
pub use table::Table;
pub use xray::Filter;
