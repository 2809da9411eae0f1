//! The time of processing a batch, compared with a loop, `join_all` and `tokio::spawn`.

mod batches;

use std::time::Duration;

use batches::{Lean, SIZES};
use divan::{AllocProfiler, Bencher};
use lambda_runtime::LambdaEvent;
use powertools_lambda_batch::sqs::SqsEvent;
use tokio::runtime::Runtime;

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

fn main() {
    // Enough samples that the fastest of each was not disturbed.
    divan::Divan::default()
        .sample_count(1_000)
        .max_time(Duration::from_secs(3))
        .config_with_args()
        .main();
}

fn lean(bencher: Bencher<'_, '_>, records: usize, process: fn(&Runtime, LambdaEvent<Lean>) -> Vec<&'static str>) {
    let runtime = batches::runtime();
    bencher.with_inputs(|| batches::lean(records)).bench_values(|event| {
        let failed = process(&runtime, event);
        assert_eq!(failed.len(), records / 100);
        failed
    });
}

#[divan::bench(args = SIZES)]
fn ours(bencher: Bencher<'_, '_>, records: usize) {
    lean(bencher, records, batches::ours);
}

#[divan::bench(args = SIZES)]
fn ours_16_at_once(bencher: Bencher<'_, '_>, records: usize) {
    lean(bencher, records, batches::ours_concurrent);
}

#[divan::bench(args = SIZES)]
fn a_loop(bencher: Bencher<'_, '_>, records: usize) {
    lean(bencher, records, batches::a_loop);
}

#[divan::bench(args = SIZES)]
fn join_all(bencher: Bencher<'_, '_>, records: usize) {
    lean(bencher, records, batches::join_all_by_hand);
}

#[divan::bench(args = SIZES)]
fn spawn(bencher: Bencher<'_, '_>, records: usize) {
    lean(bencher, records, batches::spawn_by_hand);
}

fn sqs(bencher: Bencher<'_, '_>, records: usize, process: fn(&Runtime, LambdaEvent<SqsEvent>) -> usize) {
    let runtime = batches::runtime();
    let template = batches::sqs(records);
    bencher
        .with_inputs(|| LambdaEvent::new(template.payload.clone(), template.context.clone()))
        .bench_values(|event| assert_eq!(process(&runtime, event), records / 100));
}

#[divan::bench(args = SIZES)]
fn sqs_ours(bencher: Bencher<'_, '_>, records: usize) {
    sqs(bencher, records, batches::ours_sqs);
}

#[divan::bench(args = SIZES)]
fn sqs_join_all(bencher: Bencher<'_, '_>, records: usize) {
    sqs(bencher, records, batches::join_all_sqs);
}
