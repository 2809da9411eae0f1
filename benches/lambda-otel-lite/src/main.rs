//! An invocation with 20 spans of two fields each, recorded and exported to memory by lambda-otel-lite in its default mode:
//! `RUST_LOG=info cargo run --release --manifest-path benches/lambda-otel-lite/Cargo.toml`. Without the variable, it exports no span.
//!
//! The counterpart of `crates/opentelemetry/benches/spans.rs`, with that bench's spans, exporter and number of samples.

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use lambda_otel_lite::{LambdaSpanProcessor, TelemetryConfig, create_traced_handler, init_telemetry};
use lambda_runtime::{Context, Error, LambdaEvent};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use serde_json::Value;

const SPANS: usize = 20;
const SAMPLES: usize = 100;
/// The invocations of a sample.
const ROUNDS: u32 = 200;

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

async fn handler(_: LambdaEvent<Value>) -> Result<Value, Error> {
    for number in 0..SPANS - 1 {
        let span = tracing::info_span!("charge", tenant = "acme", number);
        span.in_scope(|| black_box(number));
    }
    Ok(Value::Null)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let memory = Memory::default();
    let processor = LambdaSpanProcessor::builder().exporter(memory.clone()).build();
    let config = TelemetryConfig::builder().with_span_processor(processor).build();
    let (_, completion) = init_telemetry(config).await?;
    let handler = create_traced_handler("handler", completion, handler);
    let event = || LambdaEvent::new(Value::Null, Context::default());
    let mut samples = Vec::with_capacity(SAMPLES);
    for _ in 0..SAMPLES {
        let begun = Instant::now();
        for _ in 0..ROUNDS {
            handler(event()).await?;
        }
        samples.push(begun.elapsed() / ROUNDS);
    }
    assert_eq!(memory.batch.lock().unwrap().len(), SPANS);
    samples.sort_unstable();
    println!("lambda-otel-lite: fastest {:?}, median {:?}", samples[0], samples[SAMPLES / 2]);
    Ok(())
}
