//! What the targets share: the parts of an input, invocations in memory, and readers that are not ours.

pub mod documents;
pub mod input;
pub mod invocation;
pub mod json;
