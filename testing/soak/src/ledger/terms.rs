//! [`Terms`], what a round owes as a whole, and [`Group`], the invocations with one idempotency key.

use serde::{Deserialize, Serialize};

/// Whether something is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Due {
    /// Each item once.
    Exactly,
    /// Each item at most once; no more datagrams are missing than the system says it dropped at the receiver's socket.
    UnlessDropped,
    /// Nothing can arrive.
    Nothing,
}

/// What a round owes, and why it may be less than everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The name of the round.
    pub name: String,
    /// Log records, metric values and everything else on standard output.
    pub output: Due,
    /// Spans.
    pub spans: Due,
    /// How many invocations may be incomplete because the process ended between their response and their end.
    pub open_at_end: u32,
    /// Whether invocations may have no answer; each of their items is owed at most once.
    pub is_cut: bool,
    /// Why not everything is owed.
    pub reason: String,
}

impl Terms {
    /// The reason of a round that owes everything else.
    pub const UDP: &str =
        "UDP: spans of a datagram that the system dropped at the daemon's full buffer, by its own count";

    /// Returns the terms of a round that owes everything, except datagrams that the system dropped.
    pub fn everything(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            output: Due::Exactly,
            spans: Due::UnlessDropped,
            open_at_end: 0,
            is_cut: false,
            reason: Self::UDP.to_owned(),
        }
    }
}

/// The invocations with one idempotency key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The key.
    pub key: u64,
    /// The numbers of the invocations.
    pub members: Vec<u64>,
    /// Whether one effect is owed, or at most one because the store fails.
    pub is_certain: bool,
}
