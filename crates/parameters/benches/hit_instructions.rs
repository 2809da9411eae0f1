//! The instructions of reading a cached parameter:
//! `cargo bench -p powertools-lambda-parameters --features test-util --bench hit_instructions`.

#![allow(missing_docs)] // the macros make items

#[path = "hit/mod.rs"]
mod operations;

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use operations::{ByHand, MokaFuture, MokaSync};
use powertools_lambda_parameters::Parameters;
use powertools_lambda_parameters::test_util::MapProvider;

/// A read before the measured one, so that no first-time work is counted.
fn warm<T>(cache: T, read: impl Fn(&T) -> usize) -> T {
    black_box(read(&cache));
    cache
}

#[library_benchmark]
#[bench::hit(warm(operations::parameters(), operations::text))]
fn text(parameters: Parameters<MapProvider>) -> (usize, Parameters<MapProvider>) {
    (operations::text(black_box(&parameters)), parameters)
}

#[library_benchmark]
#[bench::hit(warm(operations::parameters(), operations::text))]
fn json(parameters: Parameters<MapProvider>) -> (u32, Parameters<MapProvider>) {
    (operations::json(black_box(&parameters)), parameters)
}

#[library_benchmark]
#[bench::hit(warm(operations::parameters(), operations::text))]
fn secret(parameters: Parameters<MapProvider>) -> (usize, Parameters<MapProvider>) {
    (operations::secret(black_box(&parameters)), parameters)
}

#[library_benchmark]
#[bench::hit(warm(operations::moka_sync_cache(), operations::moka_sync))]
fn moka_sync(cache: MokaSync) -> (usize, MokaSync) {
    (operations::moka_sync(black_box(&cache)), cache)
}

#[library_benchmark]
#[bench::hit(warm(operations::moka_future_cache(), operations::moka_future))]
fn moka_future(cache: MokaFuture) -> (usize, MokaFuture) {
    (operations::moka_future(black_box(&cache)), cache)
}

#[library_benchmark]
#[bench::hit(warm(operations::by_hand_map(), operations::by_hand))]
fn by_hand(map: ByHand) -> (usize, ByHand) {
    (operations::by_hand(black_box(&map)), map)
}

library_benchmark_group!(
    name = hits,
    benchmarks = [text, json, secret, moka_sync, moka_future, by_hand]
);
main!(library_benchmark_groups = hits);
