//! Concurrent invocations have separate documents, and nothing is lost between threads.

use lambda_runtime::{Context, Error, LambdaInvocation};
use powertools_lambda_core::InvocationExt;
use powertools_lambda_core::test_util::{context, request};
use powertools_lambda_metrics::{self as metrics, Unit};
use serde_json::json;
use tower::{ServiceExt, service_fn};
use tower_layer::Layer;

use crate::common::{self, builder, documents, emf, environment, sets};

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn sixty_four_interleaved_invocations_count_exactly() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    let other = builder(&environment).namespace("Other").cold_start(false).build();
    let invocations = (0..64).map(|number| {
        let other = other.clone();
        let service = service_fn(move |_: LambdaInvocation| {
            let other = other.clone();
            async move {
                metrics::add_metadata("number", number);
                metrics::add_dimension("tenant", &format!("tenant {number}"));
                let spawned = (0..4).map(|_| {
                    let other = other.clone();
                    tokio::spawn(
                        async move {
                            for _ in 0..25 {
                                metrics::add("Values", Unit::Count, number);
                                other.current().add("Other", Unit::Count, number);
                                metrics::single_metric("Single", Unit::Count, number).emit();
                                tokio::task::yield_now().await;
                            }
                        }
                        .in_invocation(),
                    )
                });
                for task in spawned.collect::<Vec<_>>() {
                    task.await.unwrap();
                }
                Ok::<_, Error>(())
            }
        });
        let mut context: Context = context();
        context.request_id = format!("request {number}");
        tokio::spawn(metrics.invocation_layer().layer(service).oneshot(request(context, "")))
    });
    for invocation in invocations.collect::<Vec<_>>() {
        invocation.await.unwrap().unwrap();
    }
    let (singles, documents): (Vec<_>, Vec<_>) = documents(&environment)
        .into_iter()
        .partition(|document| document.get("Single").is_some());
    let (others, documents): (Vec<_>, Vec<_>) = documents
        .into_iter()
        .partition(|document| document.get("Other").is_some());
    assert_eq!((documents.len(), others.len(), singles.len()), (64, 64, 6_400));
    for document in documents {
        let number = &document["number"];
        assert_eq!(document["Values"], json!(vec![number.clone(); 100]));
        assert_eq!(document["tenant"], format!("tenant {number}"));
    }
    for document in &others {
        let values = document["Other"].as_array().unwrap();
        assert!(values.len() == 100 && values.iter().all(|value| *value == values[0]));
        assert_eq!(sets(document), &json!([["service"]]));
    }
    let mut singles = emf::values(&singles).remove("Single").unwrap();
    singles.sort_by(f64::total_cmp);
    let expected: Vec<f64> = (0..64)
        .flat_map(|number| std::iter::repeat_n(f64::from(number), 100))
        .collect();
    assert_eq!(singles, expected);
}

#[test]
fn threads_that_add_while_others_flush_lose_and_repeat_nothing() {
    let environment = environment();
    let metrics = common::metrics(&environment);
    std::thread::scope(|scope| {
        for thread in 0..8 {
            let metrics = &metrics;
            scope.spawn(move || {
                for number in 0..2_000 {
                    metrics.current().add(format!("of {thread}"), Unit::Count, number);
                    if number % 97 == 0 {
                        metrics.shutdown();
                    }
                }
            });
        }
    });
    metrics.flush();
    let values = emf::values(&documents(&environment));
    assert_eq!(values.len(), 8);
    for mut values in values.into_values() {
        // The lines of two flushes at the same time are written in any order, because neither holds a lock while it writes.
        values.sort_by(f64::total_cmp);
        assert_eq!(values, (0..2_000).map(f64::from).collect::<Vec<_>>());
    }
}
