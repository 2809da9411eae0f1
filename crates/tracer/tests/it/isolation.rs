//! Invocations, layers and spans must not affect each other.

use std::sync::{Arc, Mutex};

use lambda_runtime::{Error, LambdaEvent, LambdaInvocation};
use powertools_lambda_core::Invocation;
use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_tracer::{SpanExt as _, Tracer, annotate, link, trace_header};
use serde_json::json;
use tower_layer::Layer as _;
use tracing::Instrument as _;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::Layer as _;
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{self, Function, PARENT, named, sampled, with_header};

#[tokio::test]
async fn a_given_span_is_annotated_and_no_other() {
    let documents = Function::new()
        .trace(async |_| {
            let (a, b) = (tracing::info_span!("a"), tracing::info_span!("b"));
            let not_recorded = tracing::debug_span!("detail");
            b.in_scope(|| {
                a.annotate("key", "a").add_metadata("key", "a");
                a.record_error(&std::io::Error::other("a"));
                not_recorded.annotate("key", "detail");
                tracing::Span::none().annotate("key", "none");
            });
            Ok(())
        })
        .await;
    let a = named(&documents, "## a");
    assert_eq!(
        (&a["annotations"]["key"], &a["metadata"]["booking"]["key"], &a["fault"]),
        (&json!("a"), &json!("a"), &json!(true))
    );
    for name in ["## b", "## handler"] {
        assert!(named(&documents, name)["annotations"].get("key").is_none(), "{name}");
    }
}

#[tokio::test]
async fn a_span_polled_in_another_invocation_stays_in_its_own() {
    let function = Function::new();
    let (send, receive) = tokio::sync::oneshot::channel();
    let mut send = Some(send);
    function
        .invoke(sampled(), |_| {
            let work = async {
                annotate("whose", "first");
                tracing::info_span!("inner").in_scope(|| annotate("whose", "first"));
            };
            let work = work.instrument(tracing::info_span!("work of the first"));
            let _ = send.take().unwrap().send(work);
            std::future::ready(Ok(()))
        })
        .await;
    let first = function.daemon.subsegments();
    let work = receive.await.unwrap();
    let second = with_header("Root=1-00000000-000000000000000000000000;Parent=1111111111111111;Sampled=1");
    let mut work = Some(work);
    function
        .invoke(second, |_| {
            let work = work.take().unwrap();
            async move {
                work.await;
                annotate("whose", "second");
                Ok(())
            }
        })
        .await;
    let documents = function.daemon.subsegments();
    let moved = named(&documents, "## work of the first");
    assert_eq!(
        (&moved["trace_id"], &moved["parent_id"]),
        (&json!(common::ROOT), &named(&first, "## handler")["id"])
    );
    let inner = named(&documents, "## inner");
    assert_eq!(
        (&inner["trace_id"], &inner["parent_id"]),
        (&json!(common::ROOT), &moved["id"])
    );
    assert_eq!(
        (&inner["annotations"]["whose"], &moved["annotations"]["whose"]),
        (&json!("first"), &json!("first"))
    );
    let handler = named(&documents, "## handler");
    assert_eq!(
        (&handler["annotations"]["whose"], &handler["parent_id"]),
        (&json!("second"), &json!("1111111111111111"))
    );
}

/// A layer that records the spans it sees.
#[derive(Clone, Default)]
struct Noting(Arc<Mutex<Vec<String>>>);

impl<S: tracing::Subscriber> tracing_subscriber::Layer<S> for Noting {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        self.0.lock().unwrap().push(event.metadata().level().to_string());
    }
}

#[tokio::test]
async fn other_layers_and_the_trace_do_not_filter_each_other() {
    let function = Function::new();
    let (strict, all) = (Noting::default(), Noting::default());
    let subscriber = tracing_subscriber::registry()
        .with(strict.clone().with_filter(LevelFilter::ERROR))
        .with(function.tracer.subscriber_layer())
        .with(all.clone());
    let _guard = tracing::subscriber::set_default(subscriber);
    let documents = function
        .trace(async |_| {
            tracing::info_span!("span").in_scope(|| {
                tracing::debug!("detail");
                tracing::error!("loud");
            });
            Ok(())
        })
        .await;
    named(&documents, "## span");
    assert_eq!(*strict.0.lock().unwrap(), ["ERROR"]);
    assert_eq!(*all.0.lock().unwrap(), ["DEBUG", "ERROR"]);
}

#[tokio::test]
async fn spawned_work_has_its_invocation_whether_it_is_sampled_or_not() {
    let function = Function::new();
    for header in [
        format!("Root={};Parent={PARENT};Sampled=0", common::ROOT),
        String::new(),
    ] {
        function
            .invoke(with_header(&header), async |event: LambdaEvent<()>| {
                let spawned = async {
                    tokio::task::yield_now().await;
                    Invocation::current().map(|invocation| invocation.context().request_id.clone())
                };
                let spawned = spawned.in_current_span().instrument(tracing::info_span!("span"));
                let found = tokio::spawn(spawned).await?;
                assert_eq!(found, Some(event.context.request_id));
                Ok(())
            })
            .await;
    }
}

#[tokio::test]
async fn the_header_to_propagate_names_the_current_span() {
    let function = Function::new();
    let documents = function
        .trace(async |_| {
            tracing::info_span!("send").in_scope(|| {
                let header = trace_header().unwrap().to_string();
                annotate("header", header);
            });
            Ok(())
        })
        .await;
    let send = named(&documents, "## send");
    let expected = format!(
        "Root={};Parent={};Sampled=1",
        common::ROOT,
        send["id"].as_str().unwrap()
    );
    assert_eq!(send["annotations"]["header"], expected);

    let unsampled = format!("Root={};Parent={PARENT};Sampled=0", common::ROOT);
    function
        .invoke(with_header(&unsampled), async |_| {
            assert_eq!(trace_header().unwrap().to_string(), unsampled);
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn the_traces_that_led_to_an_invocation_are_linked() {
    let function = Function::new();
    let other = |number: u8| format!("Root=1-5759e988-{number:024x};Parent={number:016x};Sampled=1");
    let event = json!({"Records": [
        {"messageId": "1", "attributes": {"AWSTraceHeader": other(1)}},
        {"messageId": "2", "attributes": {"AWSTraceHeader": other(2)}},
        {"messageId": "3", "attributes": {"AWSTraceHeader": other(2)}},
        {"messageId": "4", "attributes": {"AWSTraceHeader": format!("Root={};Parent={PARENT};Sampled=1", common::ROOT)}},
        {"messageId": "5", "attributes": {}},
    ]});
    let handler = tower::service_fn(async |_: LambdaEvent<()>| {
        tracing::info_span!("inner").in_scope(|| link(&other(3)));
        link("nonsense");
        link(&format!("Root={};Parent={PARENT};Sampled=1", common::ROOT));
        Ok(())
    });
    function.invoke_service(sampled(), &event.to_string(), handler).await;
    let documents = function.daemon.subsegments();
    let link = |number: u8| json!({"trace_id": format!("1-5759e988-{number:024x}"), "id": format!("{number:016x}")});
    assert_eq!(named(&documents, "## handler")["links"], json!([link(1), link(2)]));
    assert_eq!(named(&documents, "## inner")["links"], json!([link(3)]));
}

#[test]
fn every_service_is_clone_and_send_with_a_send_future() {
    fn check<R, S>(_: &S)
    where
        S: tower_service::Service<R> + Clone + Send + 'static,
        S::Future: Send + 'static,
    {
    }
    let tracer = Tracer::builder()
        .environment(TestEnvironment::new().environment().clone())
        .build();
    let handler = tower::service_fn(|_: LambdaEvent<()>| std::future::ready(Ok::<_, Error>(1)));
    check::<LambdaEvent<()>, _>(&tracer.response_layer().layer(handler));
    let runtime = tower::service_fn(|_: LambdaInvocation| std::future::ready(Ok::<_, Error>(())));
    check::<LambdaInvocation, _>(&tracer.invocation_layer().layer(runtime));
    #[cfg(feature = "http")]
    check::<http::Request<()>, _>(&tracer.http_layer().layer(tower::service_fn(|_: http::Request<()>| {
        std::future::ready(Ok::<_, Error>(http::Response::new(())))
    })));
}
