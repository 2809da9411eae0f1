//! Owns the process's document: metrics outside an invocation go to the first ones that were built in the process.

use powertools_lambda_core::test_util::TestHost;
use powertools_lambda_metrics::{self as metrics, Metrics, Unit};

#[test]
fn outside_an_invocation_the_first_metrics_of_the_process_count() {
    let host = TestHost::new().var("POWERTOOLS_METRICS_NAMESPACE", "Shop");
    let first = Metrics::builder().host(host.host().clone()).build();
    let _second = Metrics::builder().namespace("Second").host(host.host().clone()).build();
    metrics::add("Started", Unit::Count, 1);
    assert!(host.lines().is_empty());
    first.flush();
    let lines = host.lines();
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].contains(r#""Namespace":"Shop""#) && lines[0].contains(r#""Started":1"#),
        "{lines:?}"
    );
}
