//! The instructions of work with a key of 64 bytes and an answer of 1 KB, of the same two calls by hand, and of the parts:
//! `cargo bench -p powertools-lambda-idempotency --features dynamodb --bench execution_instructions`.

#![allow(missing_docs)] // the macros make items

#[path = "execution/mod.rs"]
mod operations;

use std::hint::black_box;

use aws_sdk_dynamodb::Client;
use gungraun::{library_benchmark, library_benchmark_group, main};
use operations::Bench;
use powertools_lambda_idempotency::Idempotency;

/// A call before the measured one, so that no first-time work is counted.
fn warm<T>(bench: Bench<T>, call: impl Fn(&Bench<T>) -> usize) -> Bench<T> {
    black_box(call(&bench));
    bench
}

#[library_benchmark]
#[bench::table(warm(operations::table(), operations::run))]
fn work_with_a_table(bench: Bench<Idempotency>) -> (usize, Bench<Idempotency>) {
    (operations::run(black_box(&bench)), bench)
}

#[library_benchmark]
#[bench::by_hand(warm(operations::by_hand(), operations::two_calls))]
fn two_calls_by_hand(bench: Bench<Client>) -> (usize, Bench<Client>) {
    (operations::two_calls(black_box(&bench)), bench)
}

#[library_benchmark]
#[bench::immediate(warm(operations::immediate(), operations::run))]
fn work_without_calls(bench: Bench<Idempotency>) -> (usize, Bench<Idempotency>) {
    (operations::run(black_box(&bench)), bench)
}

#[library_benchmark]
#[bench::cached(warm(operations::cached(), operations::replay))]
fn replay_from_the_cache(bench: Bench<Idempotency>) -> (usize, Bench<Idempotency>) {
    (operations::replay(black_box(&bench)), bench)
}

#[library_benchmark]
#[bench::answer("x".repeat(1_022))]
fn json_of_the_answer(answer: String) -> (usize, String) {
    (operations::json(black_box(&answer)), answer)
}

library_benchmark_group!(
    name = execution,
    benchmarks = [
        work_with_a_table,
        two_calls_by_hand,
        work_without_calls,
        replay_from_the_cache,
        json_of_the_answer
    ]
);
main!(library_benchmark_groups = execution);
