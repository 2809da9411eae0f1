//! The correlation id from the raw event, and the logging of the event.

use powertools_lambda_core::test_util::{TestEnvironment, context, request};
use powertools_lambda_logger::{self as logger, CorrelationIdPath, LogEvent, Logger};
use serde_json::{Value, json};
use tower::{Layer, Service};
use tracing::info;
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{builder, environment, records};

/// Calls a handler that logs, like the runtime, and returns the records.
fn invoke(environment: &TestEnvironment, logger: &Logger, event: &str, handler: fn()) -> Vec<Value> {
    let subscriber = tracing_subscriber::registry().with(logger.subscriber_layer());
    tracing::subscriber::with_default(subscriber, || {
        let mut service = logger.invocation_layer().layer(tower::service_fn(move |_| {
            handler();
            std::future::ready(Ok::<(), lambda_runtime::Error>(()))
        }));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let call = service.call(request(context(), event.to_owned()));
        runtime.block_on(call).unwrap();
    });
    records(environment)
}

#[test]
fn the_correlation_id_of_the_event_is_on_every_record_until_another_is_set() {
    let environment = environment();
    let logger = builder(&environment)
        .correlation_id_path(CorrelationIdPath::API_GATEWAY_REST)
        .build();
    let event = json!({"requestContext": {"requestId": "c-1"}}).to_string();
    let records = invoke(&environment, &logger, &event, || {
        info!("first");
        assert_eq!(logger::correlation_id().as_deref(), Some("c-1"));
        logger::set_correlation_id("by hand");
        info!("second");
    });
    let ids: Vec<_> = records.iter().map(|record| record["correlation_id"].clone()).collect();
    assert_eq!(ids, ["c-1", "by hand"]);
}

#[test]
fn a_number_is_an_id_and_an_event_without_one_is_not_an_error() {
    let environment = environment();
    let path = "/order/id".parse().unwrap();
    let logger = builder(&environment).correlation_id_path(path).build();
    let records = invoke(&environment, &logger, r#"{"order":{"id":4711}}"#, || {
        info!("number");
        assert_eq!(logger::correlation_id().as_deref(), Some("4711"));
    });
    assert_eq!(records[0]["correlation_id"], 4711);
    for event in ["{}", "not json", ""] {
        let records = invoke(&environment, &logger, event, || info!("none"));
        assert!(records[0].get("correlation_id").is_none(), "{event}");
    }
    assert_eq!(environment.warnings(), [""; 0]);
}

#[test]
fn an_event_is_logged_only_on_request() {
    let event = r#"{"user":"ada","password":"hunter2"}"#;
    let logged = json!({"user": "ada", "password": "[redacted]"});
    let with_variable = || environment().var("POWERTOOLS_LOGGER_LOG_EVENT", "true");
    for (environment, configure, expected) in [
        (environment(), None, None),
        (with_variable(), None, Some(&logged)),
        (with_variable(), Some(None), None),
        (environment(), Some(Some(LogEvent::new())), Some(&logged)),
    ] {
        let mut builder = builder(&environment);
        if let Some(log_event) = configure {
            builder = builder.log_event(log_event);
        }
        let records = invoke(&environment, &builder.build(), event, || ());
        assert_eq!(records.first().map(|record| &record["message"]), expected);
    }
}

#[test]
fn the_events_record_has_the_correlation_id_and_the_context() {
    let environment = environment();
    let logger = builder(&environment)
        .correlation_id_path(CorrelationIdPath::EVENT_BRIDGE)
        .log_event(LogEvent::new())
        .build();
    let records = invoke(&environment, &logger, r#"{"id":"e-1"}"#, || ());
    assert_eq!(records.len(), 1);
    assert_eq!(
        (&records[0]["level"], &records[0]["correlation_id"]),
        (&json!("INFO"), &json!("e-1"))
    );
    assert_eq!(records[0]["function_name"], "order-fn");
    assert_eq!(records[0]["message"], json!({"id": "e-1"}));
}

#[test]
fn an_event_below_the_level_is_not_logged() {
    let environment = environment();
    let logger = builder(&environment)
        .level(tracing::Level::WARN)
        .log_event(LogEvent::new())
        .build();
    assert_eq!(invoke(&environment, &logger, "{}", || ()).len(), 0);
}

#[test]
fn a_name_with_a_separator_is_masked_in_queries_and_forms() {
    let log_event = LogEvent::new().redact("card.number").redact("card number");
    for (event, expected) in [
        ("a=b&card.number=4111&c=d", "a=b&card.number=[redacted]&c=d"),
        ("card%2Enumber=4111", "card%2Enumber=[redacted]"),
        ("card+number=4111", "card+number=[redacted]"),
        (
            "card.number[0]=4111&password[]=x",
            "card.number[0]=[redacted]&password[]=[redacted]",
        ),
        ("number=4111&card=4111", "number=4111&card=4111"),
        (
            "--b\r\nContent-Disposition: form-data; name=\"card.number\"\r\n\r\n4111\r\n--b--\r\n",
            "--b\r\nContent-Disposition: form-data; name=\"card.number\"\r\n\r\n[redacted]\r\n--b--\r\n",
        ),
    ] {
        let mut line = Vec::new();
        log_event.write(json!({ "body": event }).to_string().as_bytes(), &mut line);
        let line: Value = serde_json::from_slice(&line).unwrap();
        assert_eq!(line, json!({ "body": expected }));
    }
}
