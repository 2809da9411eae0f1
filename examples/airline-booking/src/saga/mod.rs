//! The saga: the event and the answer of a step, and [`Sagas`], which starts one.

mod outcome;
mod sagas;
mod step;

pub use outcome::Outcome;
pub use sagas::{Saga, Sagas, StepFunctions};
pub use step::Step;
