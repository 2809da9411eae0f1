//! Concurrency: as many records at a time as configured, never more, and in order within a group.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use lambda_runtime::Error;
use powertools_lambda_batch::dynamodb::NewImage;
use powertools_lambda_batch::{Batch, record_fn};
use serde_json::Value;
use tokio::sync::Barrier;

use crate::common::{dynamodb, fifo, kafka, kinesis, reported, sqs};

/// Returns a handler that continues only once `bound` records run at the same time, and the most that ever did.
fn meets(bound: usize) -> (impl Fn(&str) -> tokio::task::JoinHandle<()> + Clone, Arc<AtomicUsize>) {
    let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (barrier, most_seen) = (Arc::new(Barrier::new(bound)), Arc::clone(&most));
    let handler = move |_: &str| {
        most.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let (barrier, running) = (Arc::clone(&barrier), Arc::clone(&running));
        tokio::spawn(async move {
            barrier.wait().await;
            running.fetch_sub(1, Ordering::SeqCst);
        })
    };
    (handler, most_seen)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_concurrency_limit_is_reached_and_never_exceeded() {
    for bound in [1, 2, 7, 32] {
        let (meet, most) = meets(bound);
        let handler = move |body: String| {
            let meeting = meet(&body);
            async move { meeting.await.map_err(Error::from) }
        };
        let records = vec!["x"; bound * 5];
        let response = Batch::sqs(record_fn(handler))
            .concurrency(bound)
            .process(sqs(&records))
            .await
            .unwrap();
        assert_eq!(reported(&response), [""; 0]);
        assert_eq!(most.load(Ordering::SeqCst), bound);
    }
}

/// Three groups: of eight possible records, three run at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn groups_run_at_once_each_in_order() {
    let keys = ["a", "b", "c", "a", "b", "c", "a", "b", "c"];
    let keyed: Vec<_> = keys.iter().map(|key| (*key, "x")).collect();
    let (meet, most) = meets(3);
    let handler = || {
        let meet = meet.clone();
        move |body: String| {
            let meeting = meet(&body);
            async move { meeting.await.map_err(Error::from) }
        }
    };
    Batch::sqs(record_fn(handler()))
        .concurrency(8)
        .process(fifo(&keyed))
        .await
        .unwrap();
    Batch::kinesis(record_fn(handler()))
        .concurrency(8)
        .process(kinesis(&keyed))
        .await
        .unwrap();
    let partitions: [(&str, &[&str]); 3] = [("t-0", &["x", "x"]), ("t-1", &["x", "x"]), ("t-2", &["x", "x"])];
    Batch::kafka(record_fn(handler()))
        .concurrency(8)
        .process(kafka(&partitions))
        .await
        .unwrap();
    let items = |_: NewImage<Value>| {
        let meeting = meet("");
        async move { meeting.await.map_err(Error::from) }
    };
    Batch::dynamodb(record_fn(items))
        .concurrency(8)
        .process(dynamodb(&keyed))
        .await
        .unwrap();
    assert_eq!(most.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn failures_are_reported_in_order_of_delivery() {
    let handler = |body: String| async move {
        for _ in 0..body.parse::<usize>().unwrap() {
            tokio::task::yield_now().await;
        }
        Err::<(), _>(Error::from("fails"))
    };
    let error = Batch::sqs(record_fn(handler))
        .concurrency(4)
        .process(sqs(&["9", "5", "1", "3"]))
        .await
        .unwrap_err();
    let failed: Vec<_> = error
        .full_batch_error()
        .unwrap()
        .errors()
        .map(|(id, _)| id.to_owned())
        .collect();
    assert_eq!(failed, ["m2", "m3", "m1", "m0"]);
    assert_eq!(reported(&error.into_response().unwrap()), ["m0", "m1", "m2", "m3"]);
}
