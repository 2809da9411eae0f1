//! The rules that decide which events become records: levels, targets, sampling, buffering.

mod directives;
mod levels;
mod rules;
mod sampling;

pub(crate) use self::directives::Directives;
pub(crate) use self::levels::Levels;
pub(crate) use self::rules::{Rules, Verdict};
pub(crate) use self::sampling::SampleRate;
