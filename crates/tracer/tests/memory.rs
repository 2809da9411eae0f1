//! Measures the memory of the process for a million spans in one invocation. Hence a separate binary.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "it/common/mod.rs"]
mod common;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use common::{Function, sampled};
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_tracer::{Emitter, Spans};

#[derive(Default)]
struct Counting(AtomicUsize);

impl Emitter for Counting {
    fn emit(&self, spans: Spans<'_>) {
        self.0.fetch_add(spans.iter().len(), Ordering::Relaxed);
    }
}

/// Returns the memory of the process in bytes; only Linux reports it.
fn resident() -> usize {
    let Ok(pages) = std::fs::read_to_string("/proc/self/statm") else {
        return 0;
    };
    pages.split(' ').nth(1).unwrap().parse::<usize>().unwrap() * 4_096
}

#[tokio::test]
async fn a_million_spans_take_bounded_memory_and_one_warning() {
    let emitter = Arc::new(Counting::default());
    let function = Function::configured(TestEnvironment::new(), |builder| builder.emitter(Arc::clone(&emitter)));
    function
        .invoke(sampled(), async |_| {
            let mut before = 0;
            for count in 0..1_000_000 {
                if count == 10_000 {
                    before = resident();
                }
                drop(tracing::info_span!("step", count));
            }
            let grown = resident().saturating_sub(before);
            assert!(grown < 2 << 20, "{grown} bytes more");
            Ok(())
        })
        .await;
    assert_eq!(emitter.0.load(Ordering::Relaxed), 1_000_001);
    let [warning] = &function.environment.warnings()[..] else {
        panic!("{:?}", function.environment.warnings())
    };
    assert!(
        warning.starts_with("999001 spans of an invocation did not fit"),
        "{warning}"
    );
}
