//! The last valid version of each document.

mod cell;
mod variations;

pub(crate) use cell::{Cell, Update};
pub(crate) use variations::Variations;
