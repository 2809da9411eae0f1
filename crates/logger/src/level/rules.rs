//! `Rules`, which decide whether an event is written, buffered or dropped.

use std::sync::atomic::{AtomicU8, Ordering};

use powertools_lambda_core::Invocation;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};

use super::levels::Levels;
use crate::state::LogState;

/// The rules of a logger: its levels, and whether it samples and buffers.
#[derive(Debug)]
pub(crate) struct Rules {
    /// The level of all targets without a separate level; changes at run time.
    level: AtomicU8,
    levels: Levels,
    /// Whether some invocations write DEBUG.
    samples: bool,
    /// The least verbose level that is buffered.
    buffers: Option<Level>,
}

/// The decision about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is not wanted.
    Drop,
    /// It is buffered in the invocation.
    Buffer,
    /// It is written immediately.
    Print,
}

impl Rules {
    pub(crate) fn new(levels: Levels, samples: bool, buffers: Option<Level>) -> Self {
        let rules = Self {
            level: AtomicU8::new(0),
            levels,
            samples,
            buffers,
        };
        rules.store(rules.levels.level);
        rules
    }

    /// Returns the level of all targets without a separate level.
    pub(crate) fn level(&self) -> LevelFilter {
        LEVELS[usize::from(self.level.load(Ordering::Relaxed)) % LEVELS.len()]
    }

    /// Returns Lambda's level, if it applies.
    pub(crate) fn lambda_level(&self) -> Option<LevelFilter> {
        self.levels.lambda
    }

    /// Sets the level of all targets without a separate level, unless Lambda's level applies.
    pub(crate) fn set_level(&self, level: LevelFilter) {
        if self.levels.lambda.is_none() {
            self.store(level);
            tracing_core::callsite::rebuild_interest_cache();
        }
    }

    /// Returns whether the level alone decides, so that every event that passes the filter is written immediately.
    pub(crate) fn is_fixed(&self) -> bool {
        !self.samples && self.buffers.is_none()
    }

    /// Decides about an event in this invocation, or outside an invocation.
    ///
    /// `state` returns the logger's state in the invocation, and is not called if the level alone decides.
    #[inline]
    pub(crate) fn verdict<'a>(
        &self,
        level: Level,
        target: &str,
        invocation: Option<&'a Invocation>,
        state: impl FnOnce(&'a Invocation) -> Option<&'a LogState>,
    ) -> Verdict {
        let by_level = if self.takes(level, target) {
            Verdict::Print
        } else {
            Verdict::Drop
        };
        if self.is_fixed() {
            return by_level;
        }
        let open = invocation.filter(|invocation| !invocation.is_finished());
        let Some((invocation, state)) = open.and_then(|invocation| Some((invocation, state(invocation)?))) else {
            return by_level;
        };
        if state.is_sampled() && level <= self.level_of(target, true) {
            return Verdict::Print;
        }
        if self.buffers(level, target) {
            // As in Powertools for Python, whose buffer is keyed by the trace id.
            return if invocation.trace_header().is_none() {
                Verdict::Print
            } else {
                Verdict::Buffer
            };
        }
        by_level
    }

    /// Returns whether a record is buffered, regardless of the level in force.
    ///
    /// TRACE records are buffered only if TRACE is the level of the buffer or of the target, because clients write many
    /// of them.
    fn buffers(&self, level: Level, target: &str) -> bool {
        let Some(threshold) = self.buffers else { return false };
        let accepted = self.levels.targets.level_of(target).unwrap_or_else(|| {
            self.level()
                .max(LevelFilter::from_level(threshold))
                .max(LevelFilter::DEBUG)
        });
        level >= threshold && level <= self.capped(accepted)
    }

    /// Returns whether the fields of a span appear on the records inside it.
    pub(crate) fn takes_span(&self, metadata: &Metadata<'_>) -> bool {
        let level = *metadata.level();
        level <= Level::INFO || self.takes(level, metadata.target())
    }

    /// Returns whether the level in force lets an event pass in every invocation.
    pub(crate) fn takes(&self, level: Level, target: &str) -> bool {
        level <= self.level_of(target, false)
    }

    fn level_of(&self, target: &str, sampled: bool) -> LevelFilter {
        let level = self.levels.targets.level_of(target).unwrap_or_else(|| {
            if sampled {
                self.level().max(LevelFilter::DEBUG)
            } else {
                self.level()
            }
        });
        self.capped(level)
    }

    fn capped(&self, level: LevelFilter) -> LevelFilter {
        self.levels.lambda.map_or(level, |lambda| level.min(lambda))
    }

    /// Returns whether sampling or buffering may take an event that is below the level.
    pub(crate) fn may_want(&self, level: Level, target: &str) -> bool {
        self.samples && level <= self.level_of(target, true) || self.buffers(level, target)
    }

    /// Returns the most verbose level that an event or a span can have and still be used.
    pub(crate) fn max_level(&self) -> LevelFilter {
        let mut level = self.level().max(LevelFilter::INFO);
        level = level.max(self.levels.targets.max_level().unwrap_or(LevelFilter::OFF));
        if self.samples || self.buffers.is_some() {
            level = level.max(LevelFilter::DEBUG);
        }
        self.buffers
            .map_or(level, |buffered| level.max(LevelFilter::from_level(buffered)))
    }

    fn store(&self, level: LevelFilter) {
        let at = LEVELS.iter().position(|known| *known == level).unwrap_or(0);
        #[allow(clippy::cast_possible_truncation)] // below 6
        self.level.store(at as u8, Ordering::Relaxed);
    }
}

const LEVELS: [LevelFilter; 6] = [
    LevelFilter::OFF,
    LevelFilter::ERROR,
    LevelFilter::WARN,
    LevelFilter::INFO,
    LevelFilter::DEBUG,
    LevelFilter::TRACE,
];
