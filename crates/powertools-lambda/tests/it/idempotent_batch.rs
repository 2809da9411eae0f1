//! Records of a batch, each handled once per key.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use powertools_lambda::batch::sqs::SqsBatchResponse;
use powertools_lambda::batch::{Batch, FullFailurePolicy, Json};
use powertools_lambda::idempotency::{Idempotency, Key, MemoryStore, Status};
use powertools_lambda::idempotent_batch;
use powertools_lambda::lambda_runtime::Error;
use powertools_lambda::test_util::{TestFunction, events};
use serde::Deserialize;

#[derive(Deserialize)]
struct Order {
    id: String,
}

#[tokio::test]
async fn a_record_is_handled_once_per_key_and_one_in_progress_comes_again() {
    let (test, store, calls) = (TestFunction::new(), MemoryStore::new(), Arc::new(AtomicUsize::new(0)));
    let idempotency = Idempotency::builder(store.clone(), "charge")
        .environment(test.environment())
        .build();
    let counted = Arc::clone(&calls);
    let charge = move |Json(order): Json<Order>| {
        let counted = Arc::clone(&counted);
        async move {
            counted.fetch_add(1, Ordering::SeqCst);
            if order.id == "declined" {
                Err(Error::from("declined"))
            } else {
                Ok(())
            }
        }
    };
    let key = |Json(order): Json<Order>| Key::new(&order.id);
    let batch = Batch::sqs(idempotent_batch::record_fn(idempotency, key, charge))
        .full_failure_policy(FullFailurePolicy::Report);
    let deliver = async |bodies: &[&str]| {
        let event = bodies.iter().fold(events::sqs(), |event, body| {
            event.message_with(*body, |message| message.id(*body))
        });
        let response: SqsBatchResponse = test.invoke(batch.clone(), event).await.unwrap();
        let failures = response.batch_item_failures.into_iter();
        failures.map(|failure| failure.item_identifier).collect::<Vec<_>>()
    };

    // A sender that retries sends two messages, and a queue delivers each twice.
    let twice = [r#"{"id":"a"}"#, r#" {"id":"a"}"#];
    assert_eq!((deliver(&twice).await, deliver(&twice).await), (vec![], vec![]));
    assert_eq!(calls.load(Ordering::SeqCst), 1);

    // What fails is called again, and what does not decode never.
    let failing = [r#"{"id":"declined"}"#, "not JSON"];
    for _ in 0..2 {
        assert_eq!(deliver(&failing).await, failing);
    }
    assert_eq!(calls.load(Ordering::SeqCst), 3);

    // Another environment works on it: the record fails, and succeeds without a call once that is done.
    let (held, mut record) = store.records().remove(0);
    record.status = Status::InProgress;
    store.put(&held, record.clone());
    assert_eq!(deliver(&twice[..1]).await, &twice[..1]);
    record.status = Status::Completed;
    store.put(&held, record);
    assert!(deliver(&twice[..1]).await.is_empty());
    assert_eq!(calls.load(Ordering::SeqCst), 3);
}
