//! Owns the process's subscriber, which it installs.

#![cfg(all(feature = "logger", feature = "metrics", feature = "tracer"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::error::Error;

use powertools_lambda::Powertools;
use powertools_lambda::core::test_util::TestEnvironment;

#[test]
fn the_second_subscriber_is_an_error_that_names_the_composing_way() {
    let environment = TestEnvironment::new();
    let powertools = Powertools::builder().environment(&environment).build();
    powertools.init().unwrap();
    tracing::info!("started");
    assert!(
        environment.lines()[0].contains(r#""message":"started""#),
        "{:?}",
        environment.lines()
    );

    let error = powertools.init().unwrap_err();
    assert!(error.to_string().contains("powertools.subscriber_layer()"), "{error}");
    assert!(error.source().is_some());
    tracing::info!("still there");
    assert_eq!(environment.lines().len(), 2);
}
