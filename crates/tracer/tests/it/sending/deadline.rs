//! Which spans are sent before the deadline.

use std::time::Duration;

use crate::common::{Function, sampled};

#[tokio::test]
async fn nothing_waits_near_the_deadline() {
    let function = Function::new();
    let mut context = sampled();
    context.deadline = function.environment.clock().timestamp().as_millis() + 3_000;
    function
        .invoke(context, async |_| {
            drop(tracing::info_span!("first"));
            assert_eq!(function.daemon.documents().len(), 0);
            function.environment.clock().advance(Duration::from_millis(2_800));
            drop(tracing::info_span!("second"));
            assert_eq!(function.daemon.documents().len(), 2);
            Ok(())
        })
        .await;
    assert_eq!(function.daemon.documents().len(), 1);
}

#[tokio::test]
async fn waiting_spans_leave_before_the_deadline_while_the_handler_hangs() {
    let function = Function::new();
    let clock = function.environment.clock().clone();
    let mut context = sampled();
    context.deadline = clock.timestamp().as_millis() + 270;
    let left = std::sync::Mutex::new(Vec::new());
    function
        .invoke(context, async |_| {
            drop(tracing::info_span!("done"));
            assert!(function.daemon.documents().is_empty(), "there is time");
            clock.advance(Duration::from_millis(21));
            // From here on, nothing is polled and no span closes.
            for _ in 0..500 {
                std::thread::sleep(Duration::from_millis(10));
                let documents = function.daemon.documents();
                if !documents.is_empty() {
                    *left.lock().unwrap() = documents;
                    break;
                }
            }
            Ok(())
        })
        .await;
    let left = left.into_inner().unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["name"], "## done");
    assert_eq!(function.daemon.documents().len(), 1, "the handler");
}
