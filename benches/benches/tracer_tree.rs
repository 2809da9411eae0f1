//! Measures the time of an invocation's spans: `cargo xtask bench tracer_tree`.

#[path = "tracer_tree/mod.rs"]
mod operations;

use divan::{AllocProfiler, Bencher};
use operations::{Function, OpenTelemetry};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

const SPANS: [usize; 2] = [0, 20];

fn main() {
    divan::main();
}

/// As one document.
#[divan::bench(args = SPANS)]
fn powertools(bencher: Bencher<'_, '_>, spans: usize) {
    let function = Function::new(true);
    let bencher = bencher.with_inputs(Function::request);
    bencher.bench_local_values(|request| function.invoke(request, spans));
}

#[divan::bench(args = SPANS)]
fn powertools_single_documents(bencher: Bencher<'_, '_>, spans: usize) {
    let function = Function::new(false);
    let bencher = bencher.with_inputs(Function::request);
    bencher.bench_local_values(|request| function.invoke(request, spans));
}

/// As it is by default.
#[divan::bench(args = SPANS)]
fn opentelemetry_aws(bencher: Bencher<'_, '_>, spans: usize) {
    let peer = OpenTelemetry::new(false);
    bencher.bench_local(|| peer.invoke(spans));
}

/// With its nesting switched on.
#[divan::bench(args = SPANS)]
fn opentelemetry_aws_nested(bencher: Bencher<'_, '_>, spans: usize) {
    let peer = OpenTelemetry::new(true);
    bencher.bench_local(|| peer.invoke(spans));
}
