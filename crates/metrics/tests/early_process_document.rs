//! The process's document, if free functions are called before the first `Metrics` of the process is built.

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_metrics::{self as metrics, Metrics, Unit};

#[test]
fn what_was_added_before_the_first_metrics_were_built_is_written_with_what_follows() {
    metrics::add_dimension("stage", "prod");
    metrics::add("Early", Unit::Count, 1);
    let emitted_later = metrics::single_metric("Single", Unit::Count, 1);
    let environment = TestEnvironment::new().var("POWERTOOLS_METRICS_NAMESPACE", "Shop");
    let first = Metrics::builder().environment(&environment).build();
    let second = Metrics::builder().environment(&environment).build();
    metrics::add("Late", Unit::Count, 1);
    emitted_later.emit();
    assert!(second.try_flush().is_err());
    first.flush();
    let lines = environment.lines();
    assert_eq!(lines.len(), 2, "{lines:?}");
    let document = lines.iter().find(|line| line.contains(r#""Early":1"#));
    let document = document.unwrap_or_else(|| panic!("{lines:?}"));
    for part in [r#""Late":1"#, r#""stage":"prod""#, r#""Namespace":"Shop""#] {
        assert!(document.contains(part), "{document}");
    }
    let is_single = |line: &&String| line.contains(r#""Single":1"#) && line.contains(r#""Namespace":"Shop""#);
    assert!(lines.iter().any(|line| is_single(&line)), "{lines:?}");
}
