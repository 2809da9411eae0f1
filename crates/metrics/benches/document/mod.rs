//! The measured operations, of this crate and of its peers.

#![allow(dead_code)] // each bench uses a part
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod floor;
mod peers;

use std::hint::black_box;
use std::pin::Pin;
use std::sync::{Arc, LazyLock, Mutex};
use std::task::{Context, Waker};

use lambda_runtime::{Error, LambdaInvocation};
use powertools_lambda_core::test_util::{context, request};
use powertools_lambda_core::{
    Clock, Environment, Invocation, InvocationLayer, InvocationService, LineSink, Output, Variables, Warnings,
};
use powertools_lambda_metrics::{self as metrics, MetricName, Metrics, Unit};
use tower::Service;
use tower_layer::Layer;

pub(crate) use floor::Floor;
pub(crate) use peers::{Embedded, Metrique};

pub(crate) const NAMESPACE: &str = "Shop";
pub(crate) const DIMENSIONS: [(&str, &str); 2] = [("tenant", "acme"), ("service", "orders")];
pub(crate) const METADATA: (&str, &str) = ("request_id", "52fdfc07-2182-154f-163f-5f0f9a621d72");
/// Milliseconds, most of them whole.
pub(crate) const LATENCIES: [f64; 10] = [12.5, 7.0, 93.0, 41.0, 8.0, 13.0, 2.0, 5.0, 61.0, 30.0];
pub(crate) const ORDERS: u32 = 1;
pub(crate) const AMOUNT: f64 = 49.9;

/// The names of M2.
pub(crate) static NAMES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| (0..100).map(|number| &*format!("metric_{number}").leak()).collect());

/// Keeps the last line.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<Vec<u8>>>);

impl Memory {
    fn keep(&self, line: &[u8]) {
        let mut kept = self.0.lock().unwrap();
        kept.clear();
        kept.extend_from_slice(line);
        black_box(&*kept);
    }

    /// Returns the last line, to check that the work was done.
    pub(crate) fn last(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl LineSink for Memory {
    fn write_line(&self, line: &[u8]) {
        self.keep(line);
    }
}

/// Our metrics, and an invocation that does not end.
pub(crate) struct Stage {
    metrics: Metrics,
    layer: InvocationLayer,
    invocation: Invocation,
    memory: Memory,
    /// Dropping it ends the invocation.
    open: Pin<Box<dyn Future<Output = Result<(), Error>>>>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let memory = Memory::default();
        let warnings = Warnings::new(Clock::system(), Output::new(Memory::default()));
        let env = Variables::from_lookup(|_| None, warnings.clone());
        let environment = Environment::new(env, Clock::system(), Output::new(memory.clone()), warnings);
        let metrics = Metrics::builder()
            .environment(environment)
            .namespace(NAMESPACE)
            .cold_start(false)
            .build();
        let found = Arc::new(Mutex::new(None));
        let handler = {
            let found = Arc::clone(&found);
            tower::service_fn(move |_: LambdaInvocation| {
                *found.lock().unwrap() = Invocation::current();
                std::future::pending::<Result<(), Error>>()
            })
        };
        let layer = metrics.invocation_layer();
        let mut open: Pin<Box<dyn Future<Output = _>>> = Box::pin(layer.layer(handler).call(request(context(), "")));
        assert!(open.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        let invocation = found.lock().unwrap().take().unwrap();
        let stage = Self {
            metrics,
            layer,
            invocation,
            memory,
            open,
        };
        stage.check();
        stage
    }

    fn check(&self) {
        self.enter(|| self.m1());
        let line = self.memory.last();
        assert!(
            line.contains(r#""Dimensions":[["tenant","service"]]"#) && line.contains("[12.5,7,93,"),
            "{line}"
        );
    }

    /// Runs `f` in the invocation.
    pub(crate) fn enter(&self, f: impl FnOnce()) {
        self.invocation.in_scope(f);
    }

    /// Enters the invocation on this thread, for a bench that cannot run inside a closure.
    pub(crate) fn leave_entered(&self) {
        powertools_lambda_core::enter_span(&tracing::span::Id::from_u64(u64::MAX), &self.invocation);
    }

    /// M1: the calls of a handler, and the resulting line.
    pub(crate) fn m1(&self) {
        calls();
        self.metrics.flush();
    }

    /// M1 as a whole invocation.
    pub(crate) fn whole_invocation(&self) {
        let handler = tower::service_fn(|_: LambdaInvocation| {
            calls();
            std::future::ready(Ok::<(), Error>(()))
        });
        let mut service: InvocationService<_> = self.layer.layer(handler);
        let mut future = Box::pin(service.call(request(context(), "")));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
    }

    /// M2.
    pub(crate) fn m2(&self) {
        for (name, value) in NAMES.iter().zip(0_u32..) {
            metrics::add(black_box(*name), Unit::Count, black_box(value));
        }
        self.metrics.flush();
    }
}

/// One value; the document is written automatically when it is full.
pub(crate) fn add() {
    metrics::add(black_box("Orders"), Unit::Count, black_box(1));
}

fn calls() {
    const ORDERS_PLACED: MetricName = MetricName::new("OrdersPlaced");
    for (key, value) in DIMENSIONS {
        metrics::add_dimension(black_box(key), black_box(value));
    }
    metrics::add_metadata(METADATA.0, black_box(METADATA.1));
    metrics::add(ORDERS_PLACED, Unit::Count, black_box(ORDERS));
    metrics::add("Amount", Unit::None, black_box(AMOUNT));
    for latency in LATENCIES {
        metrics::add("Latency", Unit::Milliseconds, black_box(latency));
    }
}
