//! SnapStart: what does not survive a snapshot is written before it, or opened again after it.

#![allow(clippy::float_cmp)] // sums of small whole numbers

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lambda_runtime::SnapStartResource as _;
use powertools_lambda::Powertools;
use powertools_lambda::core::test_util::TestEnvironment;
use powertools_lambda::metrics::Unit;
use powertools_lambda::tracer::{Emitter, Spans};

#[derive(Default)]
struct Restored(AtomicUsize);

impl Emitter for Restored {
    fn emit(&self, _: Spans<'_>) {}

    fn after_restore(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[tokio::test]
async fn the_tracers_emitter_is_told_that_it_was_restored() {
    let emitter = Arc::new(Restored::default());
    let told = Arc::clone(&emitter);
    let powertools = Powertools::builder().tracer(|tracer| tracer.emitter(told)).build();
    powertools.after_restore().await.unwrap();
    assert_eq!(emitter.0.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn metrics_of_the_initialisation_are_written_before_the_snapshot() {
    let environment = TestEnvironment::new();
    let powertools = Powertools::builder()
        .environment(&environment)
        .namespace("Shop")
        .build();
    powertools.metrics().current().add("Started", Unit::Count, 1);
    powertools.before_snapshot().await.unwrap();
    assert_eq!(environment.metrics().sum("Started"), 1.0);
    powertools.after_restore().await.unwrap();
    powertools.shutdown();
    assert_eq!(
        environment.metrics().sum("Started"),
        1.0,
        "not again in each restored environment"
    );
}
