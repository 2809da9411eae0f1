//! Turns the telemetry of functions into one page that answers an operator's questions.
//!
//! [`Model::of`] counts and joins a run's log lines and X-Ray documents; [`page`] writes the model as one self-contained
//! HTML page, and [`text`] as tables and trees for a terminal. Nothing here depends on a particular application.

mod analysis;
pub mod browser;
mod model;
pub mod page;
mod stats;
pub mod text;
mod time;
mod words;

pub use model::{
    Answer, Call, Cold, Consumer, Edge, ErrorGroup, ErrorKind, Flow, Function, Hotspot, Kind, Mark, Model, Node,
    NodeKind, Point, Record, Series, Span, Times, Trace, Verdict,
};
