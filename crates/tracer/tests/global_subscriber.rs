//! Sets the global subscriber, so that the work of an invocation finds it on any thread. Hence a separate binary.

#![allow(clippy::unwrap_used, clippy::expect_used)]

#[path = "it/common/mod.rs"]
mod common;

use common::{Daemon, PARENT, with_header};
use lambda_runtime::{Error, LambdaEvent, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, request};
use powertools_lambda_tracer::{HandlerLayer, Tracer, annotate};
use tower_layer::Layer as _;
use tower_service::Service as _;
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt;

#[test]
fn concurrent_invocations_do_not_mix() {
    let daemon = Daemon::start();
    let environment = TestEnvironment::new()
        .var("LAMBDA_TASK_ROOT", "/var/task")
        .var("AWS_XRAY_DAEMON_ADDRESS", daemon.address());
    let tracer = Tracer::builder().environment(&environment).build();
    let subscriber = tracing_subscriber::registry().with(tracer.subscriber_layer());
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let handler = HandlerLayer::new().layer(tower::service_fn(async |event: LambdaEvent<()>| {
        let id = event.context.request_id;
        for step in 0..3 {
            let inner = async {
                tokio::task::yield_now().await;
                annotate("request", &id);
                let request = id.clone();
                let spawned = async move {
                    tokio::task::yield_now().await;
                    drop(tracing::info_span!("spawned", request));
                };
                tokio::spawn(spawned.in_current_span()).await.unwrap();
                drop(tracing::info_span!("leaf", request = id.as_str()));
            };
            inner.instrument(tracing::info_span!("step", step)).await;
        }
        annotate("request", &id);
        Ok::<(), Error>(())
    }));
    let runtime = tower::service_fn(move |invocation: LambdaInvocation| {
        let mut handler = handler.clone();
        async move { handler.call(LambdaEvent::new((), invocation.context)).await }
    });
    let service = tracer.invocation_layer().layer(runtime);
    let workers = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .build()
        .unwrap();
    let mut documents = Vec::new();
    workers.block_on(async {
        for round in 0..10 {
            let invocations: Vec<_> = (0..8)
                .map(|worker| {
                    let (mut service, number) = (service.clone(), round * 8 + worker);
                    let mut context = with_header(&format!(
                        "Root=1-5759e988-{number:024x};Parent={PARENT};Sampled={}",
                        u8::from(number % 4 != 3)
                    ));
                    context.request_id = format!("request {number}");
                    tokio::spawn(async move { service.call(request(context, "{}")).await.unwrap() })
                })
                .collect();
            for invocation in invocations {
                invocation.await.unwrap();
            }
            documents.extend(daemon.subsegments());
        }
    });
    // 60 of 80 are sampled: a handler, three steps with a leaf and a spawned span each.
    assert_eq!(documents.len(), 60 * 10);
    for document in &documents {
        let number = u32::from_str_radix(&document["trace_id"].as_str().unwrap()[11..], 16).unwrap();
        assert_eq!(
            document["annotations"]["request"],
            format!("request {number}"),
            "{document:#}"
        );
        let parent = documents.iter().find(|other| other["id"] == document["parent_id"]);
        assert_eq!(parent.is_none(), document["name"] == "## handler");
        assert!(parent.is_none_or(|parent| parent["trace_id"] == document["trace_id"]));
    }
}
