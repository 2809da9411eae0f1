//! Owns the process's subscriber, which it installs.

#![cfg(all(feature = "logger", feature = "metrics", feature = "tracer"))]
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::error::Error;

use powertools_lambda::Powertools;
use powertools_lambda::core::test_util::TestHost;

#[test]
fn the_second_subscriber_is_an_error_that_names_the_composing_way() {
    let host = TestHost::new();
    let powertools = Powertools::builder().host(host.host().clone()).build().unwrap();
    powertools.init().unwrap();
    tracing::info!("started");
    assert!(host.lines()[0].contains(r#""message":"started""#), "{:?}", host.lines());

    let error = powertools.init().unwrap_err();
    assert!(error.to_string().contains("powertools.subscriber_layer()"), "{error}");
    assert!(error.source().is_some());
    tracing::info!("still there");
    assert_eq!(host.lines().len(), 2);
}
