//! The time of reading a cached parameter: `cargo bench -p powertools-lambda-parameters --features test-util --bench hit`.

#![allow(missing_docs)] // the macros make items

#[path = "hit/mod.rs"]
mod operations;

use divan::{AllocProfiler, Bencher, black_box};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench]
fn powertools_text(bencher: Bencher<'_, '_>) {
    let parameters = operations::parameters();
    bencher.bench_local(|| operations::text(black_box(&parameters)));
}

#[divan::bench]
fn powertools_json(bencher: Bencher<'_, '_>) {
    let parameters = operations::parameters();
    bencher.bench_local(|| operations::json(black_box(&parameters)));
}

#[divan::bench]
fn powertools_secret(bencher: Bencher<'_, '_>) {
    let parameters = operations::parameters();
    bencher.bench_local(|| operations::secret(black_box(&parameters)));
}

#[divan::bench]
fn moka_sync(bencher: Bencher<'_, '_>) {
    let cache = operations::moka_sync_cache();
    bencher.bench_local(|| operations::moka_sync(black_box(&cache)));
}

#[divan::bench]
fn moka_future(bencher: Bencher<'_, '_>) {
    let cache = operations::moka_future_cache();
    bencher.bench_local(|| operations::moka_future(black_box(&cache)));
}

#[divan::bench]
fn by_hand_lock_and_instant(bencher: Bencher<'_, '_>) {
    let map = operations::by_hand_map();
    bencher.bench_local(|| operations::by_hand(black_box(&map)));
}
