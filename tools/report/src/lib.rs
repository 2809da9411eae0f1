//! What functions wrote, as one page that answers an operator's questions.
//!
//! [`Telemetry`] reads what was saved of a run: log lines and X-Ray documents. [`Model`] is what they say, counted and
//! joined once, in Rust; [`page`] writes it as one self-contained HTML page and [`text`] as tables and trees for a
//! terminal. Nothing here knows which application it was.

mod analysis;
pub mod browser;
mod emf;
mod line;
mod model;
pub mod page;
mod stats;
mod telemetry;
pub mod text;
mod words;

pub use model::{
    Answer, Call, Cold, Consumer, Edge, ErrorGroup, ErrorKind, Flow, Function, Hotspot, Kind, Mark, Model, Node,
    NodeKind, Point, Record, Series, Span, Times, Trace, Verdict,
};
pub use telemetry::Telemetry;
