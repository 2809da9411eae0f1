//! A value whose `Debug` logs, in a process of its own.
//!
//! `tracing` drops events inside events while a scoped subscriber is in use, so this one is the process's.

#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::fmt;

use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::{TestHost, context};
use powertools_lambda_logger::{self as logger, Logger, json};
use serde_json::{Value, json as value};
use tracing::{info, info_span};

struct Logs;

impl fmt::Debug for Logs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        logger::append_key("from_debug", 1);
        info!(field = ?json([1]), "from Debug");
        f.write_str("shown")
    }
}

#[test]
fn a_debug_that_logs_does_not_mix_with_the_record_it_is_for() {
    let host = TestHost::new();
    Logger::builder().host(host.host().clone()).build().init().unwrap();
    Invocation::new(context(), host.host()).in_scope(|| {
        let span = info_span!("span", value = ?Logs, later = tracing::field::Empty);
        span.record("later", tracing::field::debug(Logs));
        span.in_scope(|| info!(value = ?Logs, "outer"));
    });
    let lines = host.lines();
    let records: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(records.len(), 4, "{lines:?}");
    assert_eq!(records[3]["message"], "outer");
    assert_eq!(records[3]["value"], "shown");
    assert_eq!(records[3]["later"], "shown");
    for inner in &records[..3] {
        assert_eq!(inner["message"], "from Debug");
        assert_eq!(inner["field"], value!([1]));
    }
    assert_eq!(records[3]["from_debug"], 1);

    let second = Logger::builder().host(host.host().clone()).build().init();
    assert!(second.unwrap_err().to_string().contains("logger.subscriber_layer()"));
}
