//! The time of evaluating a flag and of compiling a document: `cargo bench -p powertools-lambda-feature-flags --bench evaluation`.

#![allow(missing_docs)] // the macros make items

#[path = "evaluation/mod.rs"]
mod operations;

use divan::{AllocProfiler, Bencher, black_box};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

// One evaluation is not much longer than a reading of the timer.
#[divan::bench(args = ["plain", "scheduled"], sample_size = 1_000)]
fn evaluate(bencher: Bencher<'_, '_>, name: &str) {
    let (flags, context) = (operations::flags(), operations::context());
    let snapshot = operations::snapshot(&flags, &context);
    bencher.bench_local(|| operations::evaluate(black_box(&snapshot), name));
}

#[divan::bench(sample_size = 1_000)]
fn is_enabled(bencher: Bencher<'_, '_>) {
    let (flags, context) = (operations::flags(), operations::context());
    bencher.bench_local(|| operations::is_enabled(black_box(&flags), &context));
}

#[divan::bench(sample_size = 1_000)]
fn is_enabled_with_struct(bencher: Bencher<'_, '_>) {
    let flags = operations::flags();
    bencher.bench_local(|| operations::is_enabled_with_struct(black_box(&flags), &operations::CALLER));
}

#[divan::bench]
fn compile_1000_features(bencher: Bencher<'_, '_>) {
    let document = operations::large();
    bencher.bench_local(|| operations::compile(black_box(&document)));
}
