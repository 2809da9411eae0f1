//! The records that events become.

use std::fmt;

use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_core::{Invocation, InvocationExt};
use powertools_lambda_logger::{self as logger, Logger, json};
use serde_json::value::RawValue;
use serde_json::{Value, json as value};
use tracing::level_filters::LevelFilter;
use tracing::{Instrument, debug, error, info, info_span, instrument, warn};
use tracing_subscriber::layer::SubscriberExt;

fn environment() -> TestEnvironment {
    TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "orders")
}

fn recorded(environment: &TestEnvironment, f: impl FnOnce()) -> Vec<Value> {
    let logger = Logger::builder().environment(environment).build();
    recorded_by(&logger, environment, f)
}

/// Runs `f` and returns the records, after checking that a strict parser reads each and that its keys occur once.
fn recorded_by(logger: &Logger, environment: &TestEnvironment, f: impl FnOnce()) -> Vec<Value> {
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, f);
    let parse = |line: &String| {
        let record: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let keys = record.as_object().unwrap().len();
        assert_eq!(line.matches("\":").count(), keys + nested_keys(&record), "{line}");
        record
    };
    environment.take_lines().iter().map(parse).collect()
}

fn nested_keys(record: &Value) -> usize {
    fn count(value: &Value) -> usize {
        match value {
            Value::Object(map) => map.len() + map.values().map(count).sum::<usize>(),
            Value::Array(items) => items.iter().map(count).sum(),
            _ => 0,
        }
    }
    record.as_object().unwrap().values().map(count).sum()
}

fn invocation(environment: &TestEnvironment) -> Invocation {
    let mut context = context();
    context.xray_trace_id = Some("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0".into());
    Invocation::new(context, environment.environment())
}

#[test]
fn a_raw_value_with_line_breaks_stays_on_the_line() {
    let environment = environment();
    let raw = RawValue::from_string("{\r\n  \"id\": \"A\\n1\"\n}".to_owned()).unwrap();
    let logger = Logger::builder()
        .environment(&environment)
        .global_key("global", &raw)
        .build();
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, || {
        invocation(&environment).in_scope(|| {
            logger::append_key("appended", [&raw]);
            info!(field = ?json(&raw), inner = ?json([&raw]), "placed");
        });
    });
    let line = &environment.lines()[0];
    assert!(!line.contains(['\n', '\r']), "{line:?}");
    let record: Value = serde_json::from_str(line).unwrap();
    let id = value!({"id": "A\n1"});
    assert_eq!((&record["global"], &record["field"]), (&id, &id));
    assert_eq!((&record["appended"], &record["inner"]), (&value!([id]), &value!([id])));
}

#[test]
fn a_record_has_the_standard_keys_in_their_order() {
    let environment = environment();
    let logger = Logger::builder().environment(&environment).build();
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, || {
        invocation(&environment)
            .in_scope(|| info!(order_id = "A-1", total = 12.5, express = true, "collecting \"payment\""));
    });
    let line = &environment.lines()[0];
    let number = location_line(line);
    assert_eq!(
        *line,
        format!(
            "{}{}{}",
            r#"{"level":"INFO","timestamp":"2026-01-15T10:30:00.125Z","message":"collecting \"payment\"","#,
            format_args!(r#""location":"it::records:{number}","service":"orders","#),
            concat!(
                r#""function_name":"order-fn","#,
                r#""function_arn":"arn:aws:lambda:eu-west-1:123456789012:function:order-fn","#,
                r#""function_request_id":"52fdfc07-2182-154f-163f-5f0f9a621d72","#,
                r#""xray_trace_id":"1-5759e988-bd862e3fe1be46a994272793","function_memory_size":128,"cold_start":true,"#,
                r#""order_id":"A-1","total":12.5,"express":true}"#
            )
        )
    );
}

fn location_line(line: &str) -> String {
    let location = serde_json::from_str::<Value>(line).unwrap()["location"].clone();
    location.as_str().unwrap().rsplit(':').next().unwrap().to_owned()
}

#[test]
fn outside_an_invocation_there_is_no_context_and_the_default_service() {
    let environment = TestEnvironment::new();
    let records = recorded(&environment, || warn!("starting"));
    assert_eq!(records[0]["service"], "service_undefined");
    assert_eq!(records[0]["level"], "WARN");
    assert!(records[0].get("function_request_id").is_none());
}

#[test]
fn events_below_the_level_are_left_out_and_spans_above_it_keep_their_fields() {
    let environment = environment();
    let logger = Logger::builder()
        .environment(&environment)
        .level(LevelFilter::ERROR)
        .build();
    let records = recorded_by(&logger, &environment, || {
        info_span!("order", order_id = "A-1").in_scope(|| {
            info!("not written");
            error!("written");
        });
    });
    assert_eq!(records.len(), 1);
    assert_eq!(records[0]["order_id"], "A-1");
    let records = recorded(&environment, || debug!("not written either"));
    assert!(records.is_empty());
}

#[test]
fn a_structure_travels_as_json() {
    let environment = environment();
    let order = value!({"id": "A-1", "lines": [{"item": "book", "quantity": 2}]});
    let records = recorded(
        &environment,
        || info!(order = ?json(&order), text = ?Some("x"), "placed"),
    );
    assert_eq!(records[0]["order"], order);
    assert_eq!(records[0]["text"], "Some(\"x\")");
}

#[test]
fn numbers_that_json_cannot_express_are_null_and_large_ones_are_exact() {
    let environment = environment();
    let records = recorded(&environment, || {
        info!(
            nan = f64::NAN,
            infinite = f64::INFINITY,
            large = u64::MAX,
            small = i64::MIN,
            huge = u128::MAX
        );
    });
    assert_eq!(records[0]["nan"], Value::Null);
    assert_eq!(records[0]["infinite"], Value::Null);
    assert_eq!(records[0]["large"], u64::MAX);
    assert_eq!(records[0]["small"], i64::MIN);
    assert!(records[0].get("message").is_none(), "there was none: {}", records[0]);
}

#[test]
fn the_innermost_value_of_a_key_is_written() {
    let environment = environment();
    let logger = Logger::builder()
        .environment(&environment)
        .global_key("a", "built")
        .global_key("b", "built")
        .global_key("service", "built")
        .build();
    let records = recorded_by(&logger, &environment, || {
        invocation(&environment).in_scope(|| {
            logger::append_keys([("b", "appended"), ("c", "appended"), ("d", "appended")]);
            let outer = info_span!("outer", c = "outer", d = "outer", e = "outer", function_name = "outer");
            let inner = info_span!(parent: &outer, "inner", d = "inner", e = "inner", message = "inner");
            let _entered = inner.entered();
            info!(e = "event", location = "event", "the event's");
        });
    });
    let record = &records[0];
    for (key, expected) in [
        ("a", "built"),
        ("b", "appended"),
        ("c", "outer"),
        ("d", "inner"),
        ("e", "event"),
        ("message", "the event's"),
        ("location", "event"),
        ("service", "built"),
        ("function_name", "outer"),
    ] {
        assert_eq!(record[key], expected, "{key}");
    }
}

#[test]
fn a_field_recorded_later_is_seen_by_spans_inside() {
    let environment = environment();
    let records = recorded(&environment, || {
        let outer = info_span!("outer", order_id = tracing::field::Empty);
        let inner = info_span!(parent: &outer, "inner", item = "book");
        let innermost = info_span!(parent: &inner, "innermost");
        innermost.in_scope(|| info!("before"));
        outer.record("order_id", "A-1");
        innermost.in_scope(|| info!("after"));
        inner.record("item", "lamp");
        innermost.in_scope(|| info!("again"));
        outer.record("order_id", "A-2");
        inner.in_scope(|| info!("from the middle"));
    });
    assert!(records[0].get("order_id").is_none());
    assert_eq!(
        (&records[1]["order_id"], &records[1]["item"]),
        (&value!("A-1"), &value!("book"))
    );
    assert_eq!(
        (&records[2]["order_id"], &records[2]["item"]),
        (&value!("A-1"), &value!("lamp"))
    );
    assert_eq!(
        (&records[3]["order_id"], &records[3]["item"]),
        (&value!("A-2"), &value!("lamp"))
    );
}

#[derive(Debug)]
struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card was declined")
    }
}

impl std::error::Error for Declined {}

#[derive(Debug)]
struct PaymentError {
    source: Declined,
}

impl fmt::Display for PaymentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("payment failed")
    }
}

impl std::error::Error for PaymentError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

#[test]
fn an_error_becomes_its_exception_keys_with_the_chain() {
    let environment = environment();
    let error = PaymentError { source: Declined };
    let records = recorded(&environment, || {
        error!(error = &error as &dyn std::error::Error, "cannot pay");
    });
    assert_eq!(records[0]["exception"], "payment failed: card was declined");
    assert_eq!(records[0]["exception_name"], "PaymentError");
    assert_eq!(
        records[0]["stack_trace"],
        value!({
            "type": "PaymentError",
            "value": "payment failed",
            "causes": [{"type": "Declined", "value": "card was declined"}]
        })
    );
}

#[instrument(err)]
fn charge() -> Result<(), PaymentError> {
    Err(PaymentError { source: Declined })
}

#[test]
fn an_event_without_a_message_takes_the_text_of_its_error() {
    let environment = environment();
    let records = recorded(&environment, || {
        let _ = charge();
        error!(error = &Declined as &dyn std::error::Error);
        error!(error = "text", "has its own");
        error!(error = 7);
    });
    assert_eq!(records[0]["level"], "ERROR");
    assert_eq!(
        (&records[0]["message"], &records[0]["error"]),
        (&value!("payment failed"), &value!("payment failed"))
    );
    assert_eq!(
        (&records[1]["message"], &records[1]["exception"]),
        (&value!("card was declined"), &value!("card was declined"))
    );
    assert_eq!(records[2]["message"], "has its own");
    assert!(
        records[3].get("message").is_none(),
        "a number is not a text: {}",
        records[3]
    );
}

#[test]
fn keys_are_appended_removed_and_cleared_and_belong_to_their_invocation() {
    let environment = environment();
    let (a, b) = (invocation(&environment), invocation(&environment));
    logger::append_key("outside", "an invocation");
    let records = recorded(&environment, || {
        a.in_scope(|| {
            logger::append_key("order", value!({"id": 1}));
            logger::append_keys([("x", 1), ("y", 2)]);
            info!("first");
            logger::remove_key("x");
            logger::append_key("y", "again");
            info!("second");
        });
        b.in_scope(|| info!("other"));
        a.in_scope(|| {
            logger::clear_keys();
            info!("cleared");
        });
    });
    assert_eq!(
        (&records[0]["order"], &records[0]["x"]),
        (&value!({"id": 1}), &value!(1))
    );
    assert_eq!((records[1].get("x"), &records[1]["y"]), (None, &value!("again")));
    for (record, cold) in [(&records[2], false), (&records[3], true)] {
        assert!(record.get("order").is_none() && record.get("y").is_none(), "{record}");
        assert!(record.get("outside").is_none(), "{record}");
        assert_eq!(record["cold_start"], cold);
    }
}

#[test]
fn appended_keys_are_bounded_in_number_and_in_bytes() {
    let environment = environment();
    let records = recorded(&environment, || {
        invocation(&environment).in_scope(|| {
            for number in 0..1_000 {
                logger::append_key(format!("key_{number}"), number);
            }
            logger::append_key("key_0", "replaced");
            logger::append_key("key_1", "x".repeat(100_000));
            info!("many");
        });
    });
    let keys = records[0].as_object().unwrap();
    assert_eq!(keys.keys().filter(|key| key.starts_with("key_")).count(), 128);
    assert_eq!(keys["key_0"], "replaced");
    assert_eq!(keys["key_1"], 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn spawned_work_carries_the_invocation_by_its_span_or_by_hand() {
    let environment = environment();
    let logger = Logger::builder().environment(&environment).build();
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    let dispatch = tracing::Dispatch::new(subscriber);
    let guard = tracing::dispatcher::set_default(&dispatch);
    let invocation = invocation(&environment);
    let span = invocation.in_scope(|| info_span!("work", step = 1));
    let in_span = {
        let dispatch = dispatch.clone();
        async move { tracing::dispatcher::with_default(&dispatch, || info!("in the span")) }
    };
    let by_hand = {
        let dispatch = dispatch.clone();
        async move { tracing::dispatcher::with_default(&dispatch, || info!("by hand")) }
    };
    let bare = {
        let dispatch = dispatch.clone();
        async move { tracing::dispatcher::with_default(&dispatch, || info!("bare")) }
    };
    // The span is entered with the dispatcher that created it, on any thread.
    tokio::spawn(in_span.instrument(span)).await.unwrap();
    tokio::spawn(by_hand.with_invocation(invocation)).await.unwrap();
    tokio::spawn(bare).await.unwrap();
    drop(guard);
    let records: Vec<Value> = environment
        .lines()
        .iter()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let id = "52fdfc07-2182-154f-163f-5f0f9a621d72";
    assert_eq!(
        (&records[0]["function_request_id"], &records[0]["step"]),
        (&value!(id), &value!(1))
    );
    assert_eq!(records[1]["function_request_id"], id);
    assert!(records[2].get("function_request_id").is_none());
}
