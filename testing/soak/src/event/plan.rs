//! [`Plan`], what the handler does in one invocation.

use serde::{Deserialize, Serialize};

/// What the handler does in one invocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// The hook of the user's own utility that panics. Written first, because the hook looks for it in the event's first bytes.
    pub hook: Option<Hook>,
    /// The number of the invocation, unique in a run.
    pub number: u64,
    /// What is special about it.
    pub act: Act,
    /// The number of nested spans, each with a record.
    pub spans: u32,
    /// The number of values of a metric.
    pub values: u32,
    /// The idempotency key of [`Act::Idempotent`], or the failing messages of [`Act::Batch`] as bits.
    pub key: u64,
    /// How far the process's clock jumps, in milliseconds.
    pub jump_ms: i64,
    /// Whether the trace is sampled. Not in the event: the tracing header says it.
    #[serde(skip, default = "sampled")]
    pub sampled: bool,
}

/// What is special about an invocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Nothing.
    Plain,
    /// Takes 2 ms.
    Slow,
    /// The handler returns an error.
    Error,
    /// The handler's future panics.
    Panic,
    /// The handler panics before it returns a future.
    PanicInCall,
    /// Some of its work is dropped before it is done.
    Dropped,
    /// The handler answers after its deadline.
    Late,
    /// Spawned work ends after the response.
    Outlives,
    /// The event does not decode.
    Undecodable,
    /// The event has 6 MB.
    Large,
    /// A batch of messages, some of which fail.
    Batch,
    /// A request of an HTTP API.
    Http,
    /// Work with a key that other invocations have too.
    Idempotent,
    /// The handler never returns, once its work is done.
    Hang,
    /// Returns the number of live heap bytes, and writes nothing.
    Measure,
}

/// A hook of a user's utility.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hook {
    /// Before the handler.
    Start,
    /// When the handler has ended.
    Outcome,
    /// After the response.
    Finish,
}

impl Plan {
    /// Returns the plan of an invocation with nothing special about it.
    pub fn plain(number: u64) -> Self {
        Self {
            hook: None,
            number,
            act: Act::Plain,
            spans: 1,
            values: 1,
            key: 0,
            jump_ms: 0,
            sampled: true,
        }
    }

    /// Returns whether a message of the batch fails.
    pub fn fails(&self, message: u32) -> bool {
        self.key >> message & 1 == 1
    }
}

fn sampled() -> bool {
    true
}
