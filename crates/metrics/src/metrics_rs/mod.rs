//! The recorder of the `metrics` facade: what libraries count lands in the same documents.

mod instrument;
mod recorder;
mod unit;

pub use self::recorder::Recorder;
