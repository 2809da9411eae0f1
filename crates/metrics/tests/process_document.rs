//! The process's document: metrics outside an invocation go to the first `Metrics` built in the process.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_metrics::{self as metrics, Metrics, Unit};

#[test]
fn outside_an_invocation_the_first_metrics_of_the_process_count() {
    let environment = TestEnvironment::new().var("POWERTOOLS_METRICS_NAMESPACE", "Shop");
    let first = Metrics::builder().environment(&environment).build();
    let _second = Metrics::builder().namespace("Second").environment(&environment).build();
    metrics::add("Started", Unit::Count, 1);
    assert!(environment.lines().is_empty());
    first.flush();
    let lines = environment.lines();
    assert_eq!(lines.len(), 1);
    assert!(
        lines[0].contains(r#""Namespace":"Shop""#) && lines[0].contains(r#""Started":1"#),
        "{lines:?}"
    );
}
