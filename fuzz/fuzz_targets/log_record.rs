//! With any keys, values and messages, each record is a line of JSON without a repeated key.
//!
//! Input: calls; `s` makes the records short, `d` writes them for Datadog, `r` renames a standard key.
#![no_main]

use libfuzzer_sys::fuzz_target;
use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_fuzz::input::{Call, calls};
use powertools_lambda_fuzz::json::without_repeated_names;
use powertools_lambda_logger::{self as logger, DatadogFormatter, Logger, StandardKey};
use serde_json::Value;
use tracing_subscriber::layer::SubscriberExt;

fuzz_target!(|data: &[u8]| {
    let environment = TestEnvironment::new().var("POWERTOOLS_SERVICE_NAME", "orders");
    let mut builder = Logger::builder().environment(&environment);
    let (mut is_plain, mut most) = (true, 262_144);
    for call in calls(data) {
        match call.name {
            b's' => {
                most = 4_096;
                builder = builder.max_record_bytes(most);
            }
            b'd' => {
                is_plain = false;
                builder = builder.formatter(DatadogFormatter);
            }
            b'r' => {
                is_plain = false;
                builder = builder.rename(StandardKey::Message, call.text(0));
            }
            b'g' => builder = builder.global_key(call.text(0).into_owned(), call.value(1)),
            _ => {}
        }
    }
    let built = builder.build();
    let subscriber = tracing_subscriber::registry().with(built.subscriber_layer());
    let mut messages = Vec::new();
    tracing::subscriber::with_default(subscriber, || {
        Invocation::new(context(), environment.environment()).in_scope(|| {
            let mut scopes = Vec::new();
            for call in calls(data) {
                match call.name {
                    b'(' => {
                        let pairs = call.pairs().into_iter();
                        let keys = pairs.map(|(key, value)| (key.into_owned(), value.into_owned()));
                        scopes.push(logger::scope_keys(keys.collect::<Vec<_>>()));
                    }
                    b')' => drop(scopes.pop()),
                    _ => log(&call, &mut messages),
                }
            }
            while scopes.pop().is_some() {}
        });
    });
    let lines = environment.lines();
    assert_eq!(lines.len(), messages.len());
    for (line, message) in lines.iter().zip(messages) {
        assert!(line.len() < most, "{} bytes: {line}", line.len());
        assert!(!line.contains('\n'));
        let record = without_repeated_names(line.as_bytes()).unwrap_or_else(|error| panic!("{error}: {line}"));
        if is_plain && record["truncated"] != true {
            assert_eq!(record["message"], message);
        }
    }
});

fn log(call: &Call<'_>, messages: &mut Vec<Value>) {
    match call.name {
        b'+' => logger::append_key(call.text(0).into_owned(), call.value(1)),
        b'-' => logger::remove_key(&call.text(0)),
        b'0' => logger::clear_keys(),
        b'c' => logger::set_correlation_id(&call.text(0)),
        b'l' => {
            let message = call.text(0).repeat(1 + call.count(2, 40));
            tracing::info!(order_id = ?logger::json(call.value(1)), service = %call.text(1), "{message}");
            messages.push(message.into());
        }
        b'e' => {
            let error: Box<dyn std::error::Error> = call.text(1).into_owned().into();
            let message = call.text(0);
            tracing::error!(error, level = call.number(2), "{message}");
            messages.push(message.into_owned().into());
        }
        _ => {}
    }
}
