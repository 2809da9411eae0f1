//! [`Level`]: the level of a log record.

use crate::object::Object;

/// A level, as in the logger's key `level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// `TRACE`.
    Trace = 1,
    /// `DEBUG`.
    Debug,
    /// `INFO`.
    Info,
    /// `WARN`, in other languages `WARNING`.
    Warn,
    /// `ERROR`, in other languages also `CRITICAL` and `FATAL`.
    Error,
}

impl Level {
    const ALL: [Self; 5] = [Self::Trace, Self::Debug, Self::Info, Self::Warn, Self::Error];

    /// Returns the level of a record; `None` for an object that is not one.
    pub fn of(record: &Object) -> Option<Self> {
        match record.text("level")? {
            "WARNING" => Some(Self::Warn),
            "CRITICAL" | "FATAL" => Some(Self::Error),
            name => Self::ALL.into_iter().find(|level| level.name() == name),
        }
    }

    /// Converts a number to a level: 1 is [`Trace`](Self::Trace), 5 is [`Error`](Self::Error).
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.number() == number)
    }

    /// Returns the number of the level, from 1 to 5.
    pub fn number(self) -> u8 {
        self as u8
    }

    /// Returns the name as the logger writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Trace => "TRACE",
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warn => "WARN",
            Self::Error => "ERROR",
        }
    }
}
