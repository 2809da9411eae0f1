//! The recorder for the `metrics` facade, which writes the metrics of libraries to the same documents.

mod instrument;
mod recorder;
mod unit;

pub use self::recorder::Recorder;
