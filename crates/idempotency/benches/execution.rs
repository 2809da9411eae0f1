//! The time of work with a key of 64 bytes and an answer of 1 KB, and of its replay from the cache:
//! `cargo bench -p powertools-lambda-idempotency --features dynamodb --bench execution`.

#[path = "execution/mod.rs"]
mod operations;

use divan::{Bencher, black_box};

fn main() {
    divan::main();
}

#[divan::bench]
fn replay_from_the_cache(bencher: Bencher<'_, '_>) {
    let bench = operations::cached();
    assert_eq!(operations::replay(&bench), 1_022, "it waits");
    bencher.bench_local(|| operations::replay(black_box(&bench)));
}

#[divan::bench]
fn work_without_calls(bencher: Bencher<'_, '_>) {
    let bench = operations::immediate();
    bencher.bench_local(|| operations::run(black_box(&bench)));
}

#[divan::bench]
fn json_of_the_answer(bencher: Bencher<'_, '_>) {
    let answer = "x".repeat(1_022);
    bencher.bench_local(|| operations::json(black_box(&answer)));
}

#[divan::bench]
fn work_with_a_table(bencher: Bencher<'_, '_>) {
    let bench = operations::table();
    bencher.bench_local(|| operations::run(black_box(&bench)));
}

#[divan::bench]
fn two_calls_by_hand(bencher: Bencher<'_, '_>) {
    let bench = operations::by_hand();
    bencher.bench_local(|| operations::two_calls(black_box(&bench)));
}
