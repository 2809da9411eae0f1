//! SnapStart: sockets that do not survive a snapshot are opened again.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lambda_runtime::SnapStartResource as _;
use powertools_lambda::Powertools;
use powertools_lambda::tracer::{Emitter, SpanRecord};

#[derive(Default)]
struct Restored(AtomicUsize);

impl Emitter for Restored {
    fn emit(&self, _: &SpanRecord) {}

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
