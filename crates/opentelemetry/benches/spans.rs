//! Recording spans and exporting them to memory: the emitter next to `tracing-opentelemetry` with the batch processor.
//!
//! Both record an invocation with 20 spans of two fields each, and export them before it ends. The emitter's figure
//! includes everything that an invocation costs with the tracer.

#![allow(missing_docs, clippy::unwrap_used)]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use lambda_runtime::{Error, LambdaInvocation};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData, SpanExporter};
use powertools_lambda_core::test_util::{TestEnvironment, request, traced_context};
use powertools_lambda_opentelemetry::OpenTelemetry;
use powertools_lambda_tracer::Tracer;
use tower::Service as _;
use tower_layer::Layer as _;
use tracing_subscriber::layer::SubscriberExt as _;

const SPANS: usize = 20;

fn main() {
    divan::main();
}

/// Keeps the last batch.
#[derive(Clone, Debug, Default)]
struct Memory {
    batch: Arc<Mutex<Vec<SpanData>>>,
    count: Arc<AtomicUsize>,
}

impl SpanExporter for Memory {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        self.count.fetch_add(batch.len(), Ordering::Relaxed);
        *self.batch.lock().unwrap() = batch;
        Ok(())
    }
}

fn record() {
    for number in 0..SPANS - 1 {
        let span = tracing::info_span!("charge", tenant = "acme", number);
        span.in_scope(|| black_box(number));
    }
}

#[divan::bench]
fn emitter(bencher: Bencher<'_, '_>) {
    let memory = Memory::default();
    let environment = TestEnvironment::new().var("LAMBDA_TASK_ROOT", "/var/task");
    let open_telemetry = OpenTelemetry::builder()
        .environment(&environment)
        .exporter(memory.clone())
        .build();
    let tracer = open_telemetry
        .unwrap()
        .configure(Tracer::builder().environment(&environment))
        .build();
    let subscriber = tracing_subscriber::registry().with(tracer.subscriber_layer());
    let _guard = tracing::subscriber::set_default(subscriber);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let mut service = tracer
        .invocation_layer()
        .layer(tower::service_fn(async |_: LambdaInvocation| {
            record();
            Ok::<(), Error>(())
        }));
    let context = traced_context();
    bencher
        .counter(ItemsCount::new(SPANS))
        .bench_local(|| runtime.block_on(service.call(request(context.clone(), "{}"))).unwrap());
    assert!(memory.count.load(Ordering::Relaxed) > 0 && environment.warnings().is_empty());
    assert_eq!(memory.batch.lock().unwrap().len(), SPANS);
}

#[divan::bench]
fn tracing_opentelemetry_batch(bencher: Bencher<'_, '_>) {
    let memory = Memory::default();
    let provider = SdkTracerProvider::builder().with_batch_exporter(memory.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    bencher.counter(ItemsCount::new(SPANS)).bench_local(|| {
        tracing::info_span!("handler").in_scope(record);
        provider.force_flush().unwrap();
    });
    assert_eq!(memory.batch.lock().unwrap().len(), SPANS);
}

/// The same without waiting for the batch processor's thread: what stays on the function's thread.
#[divan::bench]
fn tracing_opentelemetry_batch_unflushed(bencher: Bencher<'_, '_>) {
    let memory = Memory::default();
    let provider = SdkTracerProvider::builder().with_batch_exporter(memory.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("bench"));
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(layer));
    bencher
        .counter(ItemsCount::new(SPANS))
        .bench_local(|| tracing::info_span!("handler").in_scope(record));
    provider.force_flush().unwrap();
}
