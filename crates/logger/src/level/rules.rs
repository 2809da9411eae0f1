//! What becomes of an event.

use std::sync::atomic::{AtomicU8, Ordering};

use powertools_lambda_core::Invocation;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};

use super::levels::Levels;
use crate::state::LogState;

/// What decides about an event.
#[derive(Debug)]
pub(crate) struct Rules {
    /// Of targets without one of their own; changes at run time.
    level: AtomicU8,
    levels: Levels,
    /// Whether some invocations write DEBUG.
    samples: bool,
    /// Records of this level and of more verbose ones wait in their invocation.
    buffers: Option<Level>,
}

/// What becomes of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is not wanted.
    Drop,
    /// It waits in the invocation.
    Buffer,
    /// It is written at once.
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

    /// Returns the level of targets that have none of their own.
    pub(crate) fn level(&self) -> LevelFilter {
        LEVELS[usize::from(self.level.load(Ordering::Relaxed)) % LEVELS.len()]
    }

    /// Returns Lambda's level where it is in force.
    pub(crate) fn lambda_level(&self) -> Option<LevelFilter> {
        self.levels.lambda
    }

    /// Sets the level of targets that have none of their own, unless Lambda's is in force.
    pub(crate) fn set_level(&self, level: LevelFilter) {
        if self.levels.lambda.is_none() {
            self.store(level);
            tracing_core::callsite::rebuild_interest_cache();
        }
    }

    /// Returns whether a level alone decides: then every event that passes the filter is written at once.
    pub(crate) fn is_fixed(&self) -> bool {
        !self.samples && self.buffers.is_none()
    }

    /// Returns what becomes of an event in this invocation, or outside any.
    ///
    /// `state` returns what the logger keeps in the invocation, and is not called if the level alone decides.
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
            // Without a trace id nothing would find the records again by which a trace asks for them.
            return if invocation.trace_header().is_none() {
                Verdict::Print
            } else {
                Verdict::Buffer
            };
        }
        by_level
    }

    /// Returns whether a record waits in its invocation, whatever the level in force.
    ///
    /// DEBUG always does; TRACE only where that is the buffer's level or the target's: clients write a great deal of it.
    fn buffers(&self, level: Level, target: &str) -> bool {
        let Some(threshold) = self.buffers else { return false };
        let accepted = self.levels.directives.level_of(target).unwrap_or_else(|| {
            self.level()
                .max(LevelFilter::from_level(threshold))
                .max(LevelFilter::DEBUG)
        });
        level >= threshold && level <= self.capped(accepted)
    }

    /// Returns whether the fields of a span stand on the records in it.
    pub(crate) fn takes_span(&self, metadata: &Metadata<'_>) -> bool {
        let level = *metadata.level();
        level <= Level::INFO || self.takes(level, metadata.target())
    }

    /// Returns whether the level in force lets an event pass, in every invocation.
    pub(crate) fn takes(&self, level: Level, target: &str) -> bool {
        level <= self.level_of(target, false)
    }

    fn level_of(&self, target: &str, sampled: bool) -> LevelFilter {
        let level = self.levels.directives.level_of(target).unwrap_or_else(|| {
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

    /// Returns whether some invocation may want an event that the level refuses.
    pub(crate) fn may_want(&self, level: Level, target: &str) -> bool {
        self.samples && level <= self.level_of(target, true) || self.buffers(level, target)
    }

    /// Returns the most verbose level that something may have.
    pub(crate) fn max_level(&self) -> LevelFilter {
        let mut level = self.level().max(LevelFilter::INFO);
        level = level.max(self.levels.directives.max_level().unwrap_or(LevelFilter::OFF));
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
