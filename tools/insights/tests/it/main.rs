//! Tests of the query languages, and of the queries, filters and alarms of crates/powertools-lambda/docs/operations.md.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod filters;
mod language;
mod operations;
mod template;
