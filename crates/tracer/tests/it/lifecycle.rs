//! How a trace begins and ends: with the invocation layer, with the subscriber layer alone, and at shutdown.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::test_util::{TestEnvironment, request};
use powertools_lambda_core::{Invocation, InvocationLayer};
use powertools_lambda_tracer::{Emitter, SpanRecord, Spans, Tracer, annotate};
use tower::ServiceExt;
use tower_layer::Layer;
use tracing_subscriber::layer::SubscriberExt;

use crate::common::{Function, PARENT, ROOT, named, sampled, with_header};

/// Keeps the names of the spans, and counts flushes.
#[derive(Default)]
struct Kept {
    spans: Mutex<Vec<String>>,
    flushes: AtomicUsize,
}

impl Emitter for Kept {
    fn emit(&self, spans: Spans<'_>) {
        let names = spans.iter().map(|span| span.name().to_owned());
        self.spans.lock().unwrap().extend(names);
    }

    fn flush(&self) {
        self.flushes.fetch_add(1, Ordering::Relaxed);
    }
}

impl Kept {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.spans.lock().unwrap())
    }
}

#[tokio::test]
async fn shutdown_sends_what_waits_in_open_invocations() {
    for deadline in [false, true] {
        let kept = Arc::new(Kept::default());
        let function = Function::configured(TestEnvironment::new(), |builder| builder.emitter(Arc::clone(&kept)));
        let mut context = sampled();
        if deadline {
            context.deadline = function.environment.clock().timestamp().as_millis() + 60_000;
        }
        function
            .invoke(context, async |_| {
                let open = tracing::info_span!("open");
                drop(tracing::info_span!("done"));
                assert!(kept.take().is_empty());
                function.tracer.shutdown();
                assert_eq!(kept.take(), ["done"]);
                assert_eq!(kept.flushes.load(Ordering::Relaxed), 1);
                drop(open);
                assert!(kept.take().is_empty(), "the invocation may go on");
                function.tracer.shutdown();
                assert_eq!(kept.take(), ["open"]);
                Ok(())
            })
            .await;
        assert_eq!(kept.take(), ["handler"]);
        function.tracer.shutdown();
        assert!(kept.take().is_empty());
    }
}

#[tokio::test]
async fn shutdown_leaves_the_spans_of_another_tracer_alone() {
    let kept = Arc::new(Kept::default());
    let function = Function::configured(TestEnvironment::new(), |builder| builder.emitter(Arc::clone(&kept)));
    let other = Tracer::builder()
        .environment(TestEnvironment::new().environment().clone())
        .emitter(Kept::default())
        .build();
    function
        .invoke(sampled(), async |_| {
            drop(tracing::info_span!("done"));
            other.shutdown();
            assert!(kept.take().is_empty());
            Ok(())
        })
        .await;
    assert_eq!(kept.take(), ["done", "handler"]);
}

#[tokio::test]
async fn a_panicking_flush_at_shutdown_is_one_warning() {
    struct Panicking;
    impl Emitter for Panicking {
        fn emit(&self, _: Spans<'_>) {}

        fn flush(&self) {
            panic!("flush");
        }
    }
    let environment = TestEnvironment::new();
    let tracer = Tracer::builder().environment(&environment).emitter(Panicking).build();
    tracer.shutdown();
    assert_eq!(
        environment.warnings(),
        ["a utility panicked at the end of the process: flush"]
    );
}

#[tokio::test]
async fn a_trace_that_the_subscriber_layer_began_alone_is_not_sent() {
    let kept = Arc::new(Kept::default());
    let environment = TestEnvironment::new();
    let tracer = Tracer::builder()
        .environment(&environment)
        .emitter(Arc::clone(&kept))
        .build();
    let subscriber = tracing_subscriber::registry().with(tracer.subscriber_layer());
    let _subscriber = tracing::subscriber::set_default(subscriber);
    // The layer of another utility opens the invocation.
    let layer = InvocationLayer::new(environment.environment().clone());
    let handler = tower::service_fn(async |_: LambdaInvocation| {
        tracing::info_span!("step").in_scope(|| annotate("key", "value"));
        Ok::<(), Error>(())
    });
    layer.layer(handler).oneshot(request(sampled(), "{}")).await.unwrap();
    assert_eq!(kept.take(), [""; 0]);
    assert_eq!(kept.flushes.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn the_subscriber_layer_begins_the_trace_that_the_invocation_layer_ends() {
    let function = Function::new();
    let body =
        format!(r#"{{"headers":{{"X-Amzn-Trace-Id":"Root=1-6b04fdad-801ce56249fb4511917954f4;Parent={PARENT}"}}}}"#);
    let handler = tower::service_fn(async |_| {
        drop(tracing::info_span!("step"));
        Ok(())
    });
    function.invoke_service(sampled(), &body, handler).await;
    let documents = function.daemon.subsegments();
    let handler = named(&documents, "## handler");
    assert_eq!(named(&documents, "## step")["parent_id"], handler["id"]);
    // Only the invocation layer knows the event.
    assert_eq!(handler["links"][0]["id"], PARENT);
}

/// Keeps the links of handlers.
#[derive(Default)]
struct HandlerLinks(Mutex<Vec<String>>);

impl Emitter for HandlerLinks {
    fn emit(&self, spans: Spans<'_>) {
        let links = spans.handler().into_iter().flat_map(SpanRecord::links);
        self.0.lock().unwrap().extend(links.map(|link| link.id.to_string()));
    }
}

#[tokio::test]
async fn a_handler_that_is_sent_before_the_response_has_the_links_of_its_event() {
    let body = format!(r#"{{"AWSTraceHeader":"Root=1-6b04fdad-801ce56249fb4511917954f4;Parent={PARENT}"}}"#);
    // Sent after the response; because the queue is full; because the deadline is near.
    for (steps, passed) in [(0, 0), (1_000, 0), (0, 2_900)] {
        let links = Arc::new(HandlerLinks::default());
        let function = Function::configured(TestEnvironment::new(), |builder| builder.emitter(Arc::clone(&links)));
        let clock = function.environment.clock();
        let mut context = sampled();
        context.deadline = clock.timestamp().as_millis() + 3_000;
        let handler = tower::service_fn(async |_| {
            for _ in 0..steps {
                drop(tracing::info_span!("step"));
            }
            clock.advance(Duration::from_millis(passed));
            Ok(())
        });
        function.invoke_service(context, &body, handler).await;
        assert_eq!(*links.0.lock().unwrap(), [PARENT], "{steps} steps, {passed} ms");
    }
}

#[tokio::test]
async fn an_invocation_that_is_not_recorded_sends_nothing_and_costs_no_flush() {
    let kept = Arc::new(Kept::default());
    let function = Function::configured(TestEnvironment::new(), |builder| builder.emitter(Arc::clone(&kept)));
    let mut context = with_header(&format!("Root={ROOT};Parent={PARENT};Sampled=0"));
    context.deadline = function.environment.clock().timestamp().as_millis() + 60_000;
    function
        .invoke(context, async |_| {
            drop(tracing::info_span!("step"));
            function.tracer.shutdown();
            assert!(Invocation::current().is_some());
            Ok(())
        })
        .await;
    assert!(kept.take().is_empty());
    assert_eq!(kept.flushes.load(Ordering::Relaxed), 1, "at shutdown alone");
}
