//! Powertools' features and rules, compiled for evaluation.

mod action;
mod condition;
mod feature;
mod members;
mod modulo;
mod operand;
mod schedule;

pub(super) use feature::{Evaluated, Feature};
