//! The rules that decide which events become records: levels, targets, sampling, buffering.

mod levels;
mod parse_level;
mod rules;
mod rust_log;
mod sampling;

pub(crate) use self::levels::Levels;
use self::parse_level::parse_level;
pub(crate) use self::rules::{Rules, Verdict};
pub(crate) use self::sampling::SampleRate;
