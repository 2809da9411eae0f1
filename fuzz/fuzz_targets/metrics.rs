//! After any calls, CloudWatch accepts each line: the schema, and its limits of dimensions, values and characters.
//!
//! Input: calls.
#![no_main]

use std::time::{Duration, UNIX_EPOCH};

use libfuzzer_sys::fuzz_target;
use powertools_lambda_core::test_util::{TestEnvironment, context};
use powertools_lambda_fuzz::documents::emf;
use powertools_lambda_fuzz::input::{Call, calls};
use powertools_lambda_fuzz::invocation::invoke;
use powertools_lambda_metrics::{Metrics, Resolution, Unit};

fuzz_target!(|data: &[u8]| {
    let environment = TestEnvironment::new()
        .var("POWERTOOLS_SERVICE_NAME", "orders")
        .var("POWERTOOLS_METRICS_NAMESPACE", "Shop");
    let mut builder = Metrics::builder().environment(&environment);
    for call in calls(data) {
        match call.name {
            b'D' => builder = builder.default_dimension(call.text(0), call.text(1)),
            b'N' => builder = builder.namespace(call.text(0)),
            b'S' => builder = builder.service(call.text(0)),
            b'F' => builder = builder.function_name(call.text(0)),
            _ => {}
        }
    }
    let metrics = builder.build();
    invoke(&metrics.invocation_layer(), context(), b"{}", || {
        for call in calls(data) {
            record(&metrics, &call);
        }
    });
    metrics.shutdown();
    for line in environment.lines() {
        emf::check(&line);
    }
});

fn record(metrics: &Metrics, call: &Call<'_>) {
    let current = metrics.current();
    let unit = Unit::ALL[call.count(2, Unit::ALL.len() - 1)];
    match call.name {
        b'a' => current.add(call.text(0).into_owned(), unit, call.number(1)),
        b'h' => current.add_with_resolution(call.text(0).into_owned(), unit, call.number(1), Resolution::High),
        b'm' => (0..call.count(1, 400)).for_each(|value| current.add(call.text(0).into_owned(), unit, value as f64)),
        b'n' => (0..call.count(1, 250)).for_each(|name| current.add(format!("{}{name}", call.text(0)), unit, 1)),
        b'd' => current.add_dimension(&call.text(0), &call.text(1)),
        b's' => {
            let pairs = call.pairs();
            let set: Vec<_> = pairs.iter().map(|(key, value)| (&**key, &**value)).collect();
            current.add_dimension_set(&set);
        }
        b'x' => current.add_metadata(&call.text(0), call.value(1)),
        b't' => {
            let millis = call.number(0);
            if (0.0..1e15).contains(&millis) {
                current.set_timestamp(UNIX_EPOCH + Duration::from_millis(millis as u64));
            }
        }
        b'1' => {
            let single = current.single_metric(call.text(0).into_owned(), unit, call.number(1));
            let single = single.namespace(&call.text(3)).dimension(&call.text(4), &call.text(5));
            single.metadata(&call.text(6), call.value(7)).emit();
        }
        b'f' => metrics.flush(),
        _ => {}
    }
}
