//! The process's recorder for the `metrics` facade.

#![cfg(feature = "facade")]
#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "it/common/mod.rs"]
mod common;

#[test]
fn a_second_recorder_of_the_process_is_an_error() {
    let environment = common::environment();
    let metrics = common::metrics(&environment);
    metrics.install_recorder().unwrap();
    metrics_rs::counter!("installed").increment(1);
    metrics.flush();
    assert_eq!(common::documents(&environment)[0]["installed"], 1);
    assert!(metrics.install_recorder().unwrap_err().to_string().contains("already"));
}
