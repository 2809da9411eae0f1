//! The formats of records.

use powertools_lambda_logger::{self as logger, DatadogFormatter, LogRecord, StandardKey};
use proptest::prelude::*;
use serde_json::{Value, json};
use tracing::{error, info};

use crate::common::{builder, environment, invocation, messages, recorded};

#[test]
fn standard_keys_are_renamed_and_left_out() {
    let environment = environment();
    let logger = builder(&environment)
        .rename(StandardKey::Message, "msg")
        .rename(StandardKey::FunctionRequestId, "request_id")
        .rename(StandardKey::CorrelationId, "cid")
        .rename(StandardKey::Exception, "err")
        .omit(StandardKey::Location)
        .omit(StandardKey::XrayTraceId)
        .build();
    let error = std::io::Error::other("disk full");
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            logger::set_correlation_id("c-1");
            error!(
                error = &error as &dyn std::error::Error,
                msg = "the event's own",
                "hello"
            );
            info!("world");
        });
    });
    assert_eq!(records[0]["msg"], "the event's own", "the event's value of a key wins");
    assert_eq!(
        (&records[0]["err"], &records[0]["cid"]),
        (&json!("disk full"), &json!("c-1"))
    );
    assert_eq!(records[1]["msg"], "world");
    assert_eq!(records[1]["request_id"], "52fdfc07-2182-154f-163f-5f0f9a621d72");
    for key in [
        "message",
        "location",
        "xray_trace_id",
        "function_request_id",
        "exception",
    ] {
        assert!(records.iter().all(|record| record.get(key).is_none()), "{key}");
    }
}

#[test]
fn a_field_with_the_name_of_an_omitted_key_stays() {
    let environment = environment();
    let logger = builder(&environment)
        .omit(StandardKey::Location)
        .omit(StandardKey::Service)
        .omit(StandardKey::FunctionName)
        .omit(StandardKey::CorrelationId)
        .omit(StandardKey::Exception)
        .global_key("service", "orders-2")
        .build();
    let error = std::io::Error::other("disk full");
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| {
            logger::set_correlation_id("c-1");
            logger::append_key("function_name", "checkout");
            error!(error = &error as &dyn std::error::Error, location = "Berlin", "shipped");
        });
    });
    let expected = [
        ("location", "Berlin"),
        ("service", "orders-2"),
        ("function_name", "checkout"),
    ];
    for (key, value) in expected {
        assert_eq!(records[0][key], value, "{records:?}");
    }
    for key in ["correlation_id", "exception"] {
        assert_eq!(records[0].get(key), None, "{records:?}");
    }
}

#[test]
fn a_formatter_sees_each_key_once_and_may_log_itself() {
    let environment = environment();
    let logger = builder(&environment)
        .global_key("key", "built")
        .formatter(|record: &LogRecord<'_>, line: &mut Vec<u8>| {
            if record.value("message") != Some(r#""from the formatter""#) {
                logger::append_key("seen", true);
                // `tracing` drops an event inside an event of a scoped subscriber; the test is that there is no
                // deadlock.
                info!("from the formatter");
            }
            assert_eq!(record.iter().filter(|(key, _)| *key == "key").count(), 1);
            line.extend_from_slice(format!("[\"{}\",\n{}]", record.level(), record.value("key").unwrap()).as_bytes());
        })
        .build();
    let records = recorded(&environment, &logger, || {
        invocation(&environment).in_scope(|| info!(key = "event", "hello"));
    });
    assert_eq!(records, [json!(["INFO", "event"])]);
}

#[test]
fn a_formatter_that_panics_is_one_warning_and_loses_nothing() {
    let environment = environment();
    let logger = builder(&environment)
        .formatter(|_: &LogRecord<'_>, line: &mut Vec<u8>| {
            line.push(b'x');
            panic!("a bug in the formatter");
        })
        .build();
    let records = recorded(&environment, &logger, || {
        info!("one");
        info!("two");
    });
    assert_eq!(messages(&records), ["one", "two"]);
    assert_eq!(
        environment.warnings(),
        ["a log formatter panicked: its records are written in the standard format"]
    );
}

#[test]
fn an_error_is_where_datadog_expects_it() {
    let environment = environment();
    let logger = builder(&environment).formatter(DatadogFormatter).build();
    let cause = std::io::Error::other("disk full");
    let records = recorded(&environment, &logger, || {
        info!("fine");
        error!(error = &cause as &dyn std::error::Error, "not fine");
    });
    assert!(records[0].get("error").is_none());
    let error = &records[1]["error"];
    assert_eq!(
        (&error["kind"], &error["message"]),
        (&json!("Custom"), &json!("disk full"))
    );
    let stack: Value = serde_json::from_str(error["stack"].as_str().unwrap()).unwrap();
    assert_eq!(stack, records[1]["stack_trace"]);
    assert_eq!(records[1]["exception"], "disk full");
}

#[test]
fn dev_mode_writes_one_key_a_line() {
    let environment = environment().var("POWERTOOLS_DEV", "true");
    let logger = builder(&environment).build();
    let subscriber = {
        use tracing_subscriber::layer::SubscriberExt;
        tracing_subscriber::registry().with(logger.subscriber_layer())
    };
    tracing::subscriber::with_default(subscriber, || info!(order = ?logger::json(&json!({"id": 1})), "hello"));
    let text = environment.lines().join("\n");
    assert!(
        text.starts_with("{\n    \"level\": \"INFO\",\n    \"timestamp\": "),
        "{text}"
    );
    assert!(
        text.ends_with("\n    \"order\": {\n        \"id\": 1\n    }\n}"),
        "{text}"
    );
}

#[cfg(feature = "time-zone")]
#[test]
fn times_are_in_a_named_zone() {
    let environment = environment();
    let logger = builder(&environment).time_zone("America/New_York").build();
    let records = recorded(&environment, &logger, || info!("hello"));
    assert_eq!(records[0]["timestamp"], "2026-01-15T05:30:00.125-05:00");
    let logger = builder(&environment).time_zone("Atlantis").build();
    let records = recorded(&environment, &logger, || info!("hello"));
    assert_eq!(records[0]["timestamp"], "2026-01-15T10:30:00.125Z");
    assert_eq!(
        environment.warnings(),
        [r#"unknown time zone "Atlantis": timestamps are in UTC; use an IANA name such as "Europe/Berlin""#]
    );
}

#[test]
fn a_record_that_is_too_long_is_cut_and_says_so() {
    let environment = environment();
    let logger = builder(&environment).max_record_bytes(8_000).build();
    let subscriber = {
        use tracing_subscriber::layer::SubscriberExt;
        tracing_subscriber::registry().with(logger.subscriber_layer())
    };
    tracing::subscriber::with_default(subscriber, || {
        invocation(&environment).in_scope(|| {
            info!(small = 1, large = "x".repeat(10_000), "kept {}", "y".repeat(3_000));
            info!(small = 1, "{}", "z".repeat(100_000));
        });
    });
    for (line, small_message) in environment.lines().iter().zip([true, false]) {
        assert!(line.len() < 8_000, "{}", line.len());
        let record: Value = serde_json::from_str(line).unwrap();
        assert_eq!((&record["truncated"], &record["small"]), (&json!(true), &json!(1)));
        assert_eq!(record["function_name"], "order-fn");
        let message = record["message"].as_str().unwrap();
        if small_message {
            assert_eq!(message.len(), 3_005, "the message fits once the values are cut");
            assert!(record["large"].as_str().unwrap().starts_with("xxx"));
        } else {
            assert!(message.len() > 6_000, "{}", message.len());
        }
    }
}

#[test]
fn a_record_is_cut_to_its_limit_also_if_its_keys_have_escapes_or_are_the_toolkits() {
    for keys in [
        // One key has 6,000 bytes as it is written.
        vec!["\u{1}".repeat(1_000)],
        (0..100).map(|key| format!("\"{key}\"\u{1f}\u{1f}\u{1f}")).collect(),
        // They replace standard keys, which are never left out.
        [
            "service",
            "function_name",
            "function_arn",
            "exception",
            "stack_trace",
            "correlation_id",
        ]
        .map(str::to_owned)
        .to_vec(),
    ] {
        let environment = environment();
        let logger = builder(&environment).max_record_bytes(4_096).build();
        recorded(&environment, &logger, || {
            invocation(&environment).in_scope(|| {
                for key in &keys {
                    logger::append_key(key.clone(), "x".repeat(2_000));
                }
                info!("{}", "y".repeat(2_000));
            });
            let lines = environment.lines();
            assert!(lines[0].len() < 4_096, "{} bytes: {}", lines[0].len(), lines[0]);
            let record: Value = serde_json::from_str(&lines[0]).unwrap();
            assert_eq!(record["truncated"], true);
            assert_eq!(record["timestamp"], "2026-01-15T10:30:00.125Z");
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_record_of_any_length_is_json_within_the_limit_of_a_line(
        values in prop::collection::vec(("[a-z]{1,8}|[\u{0}-\u{1f}\"]{1,8}|service|exception|stack_trace|function_arn", ".{0,3000}"), 0..40),
        message in ".{0,9000}",
        max in 4_096_usize..20_000,
    ) {
        let environment = environment();
        let logger = builder(&environment).max_record_bytes(max).build();
        let subscriber = {
            use tracing_subscriber::layer::SubscriberExt;
            tracing_subscriber::registry().with(logger.subscriber_layer())
        };
        tracing::subscriber::with_default(subscriber, || {
            invocation(&environment).in_scope(|| {
                for (key, value) in &values {
                    logger::append_key(key.clone(), value);
                }
                info!("{message}");
            });
        });
        let lines = environment.lines();
        prop_assert_eq!(lines.len(), 1);
        prop_assert!(lines[0].len() < max, "{} of {max}", lines[0].len());
        prop_assert!(serde_json::from_str::<Value>(&lines[0]).is_ok(), "{}", lines[0]);
    }
}
