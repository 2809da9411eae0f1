//! The protocol of the fake store: one [`Call`] a line, and one [`Reply`] a line.

use serde::{Deserialize, Serialize};

/// A call of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Reads a parameter.
    Get {
        /// Its name.
        name: String,
    },
    /// Begins the work of a key.
    Begin {
        /// The key.
        key: String,
        /// The execution.
        token: String,
        /// The time, in milliseconds.
        now: u64,
        /// When the lock ends, in milliseconds.
        locked_until: u64,
        /// When the record expires, in seconds.
        expires_at: u64,
    },
    /// Completes it.
    Complete {
        /// The key.
        key: String,
        /// The execution.
        token: String,
        /// When the record expires, in seconds.
        expires_at: u64,
        /// The answer.
        answer: Option<String>,
    },
    /// Gives the key up.
    Release {
        /// The key.
        key: String,
        /// The execution.
        token: String,
        /// Whether only the first record of a key is deleted.
        only_first: bool,
    },
}

/// The answer of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// The value of a parameter.
    Value(String),
    /// The record is the caller's.
    Acquired {
        /// Whether an execution had left it.
        taken_over: bool,
    },
    /// There is another record.
    Exists(Item),
    /// It is done.
    Done,
    /// The record is not the caller's.
    Lost(Option<Item>),
    /// Too many calls.
    Throttled,
}

/// A record of a key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Whether the work is done.
    pub completed: bool,
    /// The execution.
    pub token: String,
    /// When the lock ends, in milliseconds.
    pub locked_until: Option<u64>,
    /// When the record expires, in seconds.
    pub expires_at: u64,
    /// The answer.
    pub answer: Option<String>,
    /// Whether the record replaced one, and whether that was completed.
    pub previous: Option<bool>,
}

impl Item {
    /// Returns whether another execution may begin.
    pub fn is_over(&self, now: u64) -> bool {
        let lock_has_ended = self.locked_until.is_some_and(|until| until < now);
        self.expires_at < now / 1_000 || (!self.completed && lock_has_ended)
    }
}
