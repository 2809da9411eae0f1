//! What the driver asks of the function: a [`Plan`] in each event, and the [wire] of its store.

mod identity;
mod plan;
pub mod wire;

pub use identity::{number_of_request, number_of_trace, parent_id, request_id, trace_id};
pub use plan::{Act, Hook, Plan};

/// The value of the parameter that each handler reads.
pub const PARAMETER: &str = "EUR";

/// The number of messages in the batch of [`Act::Batch`].
pub const MESSAGES: u32 = 5;

/// The value of a metric that an invocation adds as number `item`, unique in a run.
pub const fn value(number: u64, item: u32) -> u64 {
    number * 1_000 + item as u64
}
