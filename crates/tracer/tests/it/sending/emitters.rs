//! What an emitter is called with and when, alone and next to others.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use powertools_lambda_core::test_util::TestEnvironment;
use powertools_lambda_core::{AfterResponse, Invocation};
use powertools_lambda_tracer::{Emitter, SpanRecord, Spans, Tracer, XRayDaemon, annotate};

use crate::common::{Daemon, Function, PARENT, ROOT, sampled, with_header};

/// Sends over a network: copies the spans, and sends them after the response.
#[derive(Clone, Default)]
struct Exporter {
    waiting: Arc<Mutex<Vec<SpanRecord>>>,
    sent: Arc<Mutex<Vec<String>>>,
    hangs: bool,
    dropped: Arc<AtomicBool>,
}

/// Notes that the work was dropped before it was done.
struct Dropped(Arc<AtomicBool>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Emitter for Exporter {
    fn emit(&self, spans: Spans<'_>) {
        self.waiting.lock().unwrap().extend(spans.iter().cloned());
    }

    fn after_response(&self) -> Option<AfterResponse> {
        let spans = std::mem::take(&mut *self.waiting.lock().unwrap());
        if spans.is_empty() {
            return None;
        }
        let (sent, hangs, dropped) = (Arc::clone(&self.sent), self.hangs, Dropped(Arc::clone(&self.dropped)));
        Some(Box::pin(async move {
            let _dropped = dropped;
            tokio::task::yield_now().await;
            assert!(Invocation::current().is_some());
            if hangs {
                std::future::pending::<()>().await;
            }
            sent.lock()
                .unwrap()
                .extend(spans.iter().map(|span| span.name().to_owned()));
        }))
    }

    fn lost(&self) -> u64 {
        3
    }
}

impl Exporter {
    fn sent(&self) -> Vec<String> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }
}

async fn step(function: &Function) {
    function
        .invoke(sampled(), async |_| {
            drop(tracing::info_span!("step"));
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn the_spans_of_an_invocation_come_together_in_the_order_in_which_they_ended() {
    #[derive(Clone, Default)]
    struct Calls(Arc<Mutex<Vec<Call>>>);
    /// The names of the spans, and whether there was a current invocation.
    type Call = (Vec<String>, bool);
    impl Emitter for Calls {
        fn emit(&self, spans: Spans<'_>) {
            let names = spans.iter().map(|span| span.name().to_owned()).collect();
            let ends: Vec<_> = spans.iter().map(SpanRecord::end).collect();
            assert!(ends.is_sorted());
            assert_eq!(
                spans.handler().map(SpanRecord::name),
                spans.iter().map(SpanRecord::name).find(|name| *name == "handler")
            );
            self.0.lock().unwrap().push((names, Invocation::current().is_some()));
        }
    }
    let calls = Calls::default();
    let function = Function::configured(TestEnvironment::new(), |builder| builder.emitter(calls.clone()));
    let mut late = None;
    function
        .invoke(sampled(), |_| {
            tracing::info_span!("outer").in_scope(|| {
                function.environment.clock().advance(Duration::from_millis(1));
                drop(tracing::info_span!("inner"));
            });
            late = Some(tracing::info_span!("late"));
            std::future::ready(Ok(()))
        })
        .await;
    drop(late);
    let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let expected = [(names(&["inner", "outer", "handler"]), true), (names(&["late"]), false)];
    assert_eq!(*calls.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn work_after_the_response_is_awaited_also_for_a_span_that_came_late() {
    let exporter = Exporter::default();
    let function = Function::configured(TestEnvironment::new(), |builder| builder.emitter(exporter.clone()));
    step(&function).await;
    assert_eq!(exporter.sent(), ["step", "handler"]);
    let mut late = None;
    function
        .invoke(sampled(), |_| {
            late = Some(tracing::info_span!("late"));
            std::future::ready(Ok(()))
        })
        .await;
    drop(late);
    assert_eq!(exporter.sent(), ["handler"]);
    // Not sampled, but followed by the same wait.
    let context = with_header(&format!("Root={ROOT};Parent={PARENT};Sampled=0"));
    function.invoke(context, async |_| Ok(())).await;
    assert_eq!(exporter.sent(), ["late"]);
}

#[tokio::test]
async fn work_that_takes_too_long_is_dropped() {
    let exporter = Exporter {
        hangs: true,
        ..Exporter::default()
    };
    let function = Function::configured(TestEnvironment::new(), |builder| builder.emitter(exporter.clone()));
    let mut context = sampled();
    context.deadline = function.environment.clock().timestamp().as_millis() + 60_000;
    let (clock, dropped) = (function.environment.clock().clone(), Arc::clone(&exporter.dropped));
    let ended = std::thread::spawn(move || {
        while !dropped.load(Ordering::Relaxed) {
            clock.advance(Duration::from_secs(1));
            std::thread::sleep(Duration::from_millis(5));
        }
    });
    function.invoke(context, async |_| Ok(())).await;
    ended.join().unwrap();
    assert_eq!(exporter.sent(), [""; 0]);
    let warnings = function.environment.warnings();
    assert!(
        warnings[0].contains("work after the response was cancelled"),
        "{warnings:?}"
    );
}

#[tokio::test]
async fn several_emitters_get_the_same_spans_and_one_that_panics_takes_nothing_from_the_others() {
    struct Panicking;
    impl Emitter for Panicking {
        fn emit(&self, _: Spans<'_>) {
            panic!("emit");
        }

        fn flush(&self) {
            panic!("flush");
        }

        fn after_response(&self) -> Option<AfterResponse> {
            Some(Box::pin(async { panic!("after the response") }))
        }
    }
    #[derive(Clone, Default)]
    struct Flushes(Arc<AtomicUsize>);
    impl Emitter for Flushes {
        fn emit(&self, _: Spans<'_>) {}

        fn flush(&self) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
    let (first, last, flushes, daemon) = (
        Exporter::default(),
        Exporter::default(),
        Flushes::default(),
        Daemon::start(),
    );
    let environment = TestEnvironment::new();
    let xray = XRayDaemon::new(daemon.address().parse().unwrap(), environment.environment());
    let function = Function::configured(environment, |builder| {
        let builder = builder.emitter(first.clone()).emitter(Panicking).emitter(xray);
        builder.emitter(last.clone()).emitter(flushes.clone())
    });
    for _ in 0..2 {
        step(&function).await;
        assert_eq!(first.sent(), ["step", "handler"]);
        assert_eq!(last.sent(), ["step", "handler"]);
        assert_eq!(daemon.documents().len(), 1);
    }
    assert_eq!(flushes.0.load(Ordering::Relaxed), 2);
    function.tracer.shutdown();
    assert_eq!(flushes.0.load(Ordering::Relaxed), 3);
    assert!(
        function.daemon.datagrams().is_empty(),
        "the default emitter is replaced"
    );
    assert_eq!(function.tracer.lost_spans(), 6);
    let expected = [
        "the tracer's emitter panicked: spans are lost",
        "a utility panicked at the end of an invocation: flush",
        "a utility panicked in its work after the response: after the response",
        "a utility panicked at the end of the process: flush",
    ];
    assert_eq!(function.environment.warnings(), expected);
}

#[tokio::test]
async fn all_spans_of_a_lost_datagram_are_counted() {
    // A port on which no process listens.
    let gone = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let environment = TestEnvironment::new();
    let daemon = XRayDaemon::new(gone, environment.environment());
    let function = Function::configured(environment, |builder| builder.emitter(daemon));
    for _ in 0..3 {
        step(&function).await;
    }
    // That of the first one is reported with the second one, and so on.
    assert_eq!(function.tracer.lost_spans(), 4);
}

#[tokio::test]
async fn an_emitter_of_a_disabled_tracer_is_not_called() {
    let exporter = Exporter::default();
    let tracer = Tracer::builder().environment(TestEnvironment::new().environment().clone());
    let tracer = tracer.enabled(false).emitter(exporter.clone()).build();
    assert!(!tracer.is_enabled());
    annotate("key", "value");
    assert!(exporter.waiting.lock().unwrap().is_empty());
}
