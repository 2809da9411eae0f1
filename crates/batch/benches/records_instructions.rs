//! The instructions of processing a batch, which are repeatable enough for a gate.

#![allow(missing_docs)] // the macros' items

mod batches;

use std::hint::black_box;

use batches::Lean;
use gungraun::{library_benchmark, library_benchmark_group, main};
use lambda_runtime::LambdaEvent;
use tokio::runtime::Runtime;

fn setup(records: usize) -> (Runtime, LambdaEvent<Lean>) {
    let runtime = batches::runtime();
    // The first block_on initializes thread-locals.
    batches::ours(&runtime, batches::lean(200));
    (runtime, batches::lean(records))
}

#[library_benchmark(setup = setup)]
#[bench::ten(10)]
#[bench::thousand(1_000)]
fn ours((runtime, event): (Runtime, LambdaEvent<Lean>)) -> (Runtime, Vec<&'static str>) {
    let failed = batches::ours(&runtime, black_box(event));
    (runtime, failed)
}

#[library_benchmark(setup = setup)]
#[bench::ten(10)]
#[bench::thousand(1_000)]
fn ours_16_at_once((runtime, event): (Runtime, LambdaEvent<Lean>)) -> (Runtime, Vec<&'static str>) {
    let failed = batches::ours_concurrent(&runtime, black_box(event));
    (runtime, failed)
}

#[library_benchmark(setup = setup)]
#[bench::ten(10)]
#[bench::thousand(1_000)]
fn join_all((runtime, event): (Runtime, LambdaEvent<Lean>)) -> (Runtime, Vec<&'static str>) {
    let failed = batches::join_all_by_hand(&runtime, black_box(event));
    (runtime, failed)
}

#[library_benchmark(setup = setup)]
#[bench::ten(10)]
#[bench::thousand(1_000)]
fn spawn((runtime, event): (Runtime, LambdaEvent<Lean>)) -> (Runtime, Vec<&'static str>) {
    let failed = batches::spawn_by_hand(&runtime, black_box(event));
    (runtime, failed)
}

library_benchmark_group!(name = batch, benchmarks = [ours, ours_16_at_once, join_all, spawn]);

main!(library_benchmark_groups = batch);
