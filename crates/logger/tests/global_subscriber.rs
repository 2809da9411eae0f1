//! The logger as the process's subscriber and as the logger of the `log` crate, initialized once for all tests here.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "it/common/mod.rs"]
mod common;

use std::fmt;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use common::{builder, records};
use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_logger::{self as logger, json};
use serde_json::json as value;
use tracing::{info, info_span};

/// Returns the environment of the process's logger, which only one test at a time may use.
fn environment() -> MutexGuard<'static, TestEnvironment> {
    static HOST: LazyLock<Mutex<TestEnvironment>> = LazyLock::new(|| {
        let environment = common::environment().var("RUST_LOG", "noisy=error");
        builder(&environment).build().init().unwrap();
        Mutex::new(environment)
    });
    let environment = HOST.lock().unwrap_or_else(PoisonError::into_inner);
    environment.take_lines();
    environment
}

/// A value whose `Debug` logs; with a scoped subscriber `tracing` would drop this event inside an event.
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
    let environment = environment();
    Invocation::new(context(), environment.environment()).in_scope(|| {
        let span = info_span!("span", value = ?Logs, later = tracing::field::Empty);
        span.record("later", tracing::field::debug(Logs));
        span.in_scope(|| info!(value = ?Logs, "outer"));
    });
    let records = records(&environment);
    assert_eq!(records.len(), 4, "{records:?}");
    assert_eq!(records[3]["message"], "outer");
    assert_eq!(records[3]["value"], "shown");
    assert_eq!(records[3]["later"], "shown");
    for inner in &records[..3] {
        assert_eq!(inner["message"], "from Debug");
        assert_eq!(inner["field"], value!([1]));
    }
    assert_eq!(records[3]["from_debug"], 1);

    let second = builder(&environment).build().init();
    assert!(second.unwrap_err().to_string().contains("logger.subscriber_layer()"));
}

#[cfg(feature = "log")]
#[test]
fn records_of_the_log_crate_are_records_like_all_others() {
    let environment = environment();
    common::invocation(&environment).in_scope(|| {
        logger::append_key("order_id", "A-1");
        log::info!(target: "shop", "from {}", "a library");
        log::warn!(target: "noisy", "not this");
        log::debug!("nor this");
    });
    let records = records(&environment);
    assert_eq!(common::messages(&records), ["from a library"]);
    let record = &records[0];
    assert_eq!((&record["level"], &record["order_id"]), (&"INFO".into(), &"A-1".into()));
    assert_eq!(record["function_name"], "order-fn");
    assert!(
        record["location"].as_str().unwrap().starts_with("global_subscriber:"),
        "the place that logged, not the bridge's: {record}"
    );
    assert!(!record.as_object().unwrap().keys().any(|key| key.starts_with("log.")));
    assert!(
        builder(&environment).build().init().is_err(),
        "a second one is an error"
    );
}

#[cfg(feature = "log")]
#[test]
fn key_values_of_a_log_record_are_keys() {
    struct Nested;
    impl std::fmt::Debug for Nested {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            log::info!("inner");
            f.write_str("Nested")
        }
    }
    let environment = environment();
    let order = format!("A-{}", 1);
    let error = "x".parse::<u8>().unwrap_err();
    log::info!(
        order_id = order.as_str(), items = 2_u8, delta = -3, total = 12.5, express = true, size = 'L',
        big = u128::MAX, infinite = f64::INFINITY, nothing = log::kv::Value::null(), tags:? = ["a", "b"], error:% = error,
        level = "gold", message = "mine", "quoted \"key\"" = 1;
        "placed"
    );
    log::info!("without");
    log::debug!(refused:? = Nested; "below the level");
    log::info!(nested:? = Nested; "outer");
    let records = records(&environment);
    let record = records[0].as_object().unwrap();
    for (key, expected) in [
        ("message", value!("placed")),
        ("level", value!("INFO")),
        ("order_id", value!("A-1")),
        ("items", value!(2)),
        ("delta", value!(-3)),
        ("total", value!(12.5)),
        ("express", value!(true)),
        ("size", value!("L")),
        ("infinite", value!(null)),
        ("nothing", value!(null)),
        ("tags", value!("[\"a\", \"b\"]")),
        ("error", value!("invalid digit found in string")),
        ("user_level", value!("gold")),
        ("user_message", value!("mine")),
        ("quoted \"key\"", value!(1)),
    ] {
        assert_eq!(record[key], expected, "{key}");
    }
    assert!(record["big"].is_number(), "{}", record["big"]);
    assert_eq!(common::messages(&records), ["placed", "without", "inner", "outer"]);
    for key in ["order_id", "nested"] {
        assert!(records[1].get(key).is_none() && records[2].get(key).is_none(), "{key}");
    }
    assert_eq!(records[3]["nested"], "Nested");
}
