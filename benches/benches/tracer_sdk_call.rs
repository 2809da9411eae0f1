//! Measures the time that the tracer adds to each call of an AWS SDK client: `cargo xtask bench tracer`.

#[path = "tracer_sdk_call/mod.rs"]
mod operations;

use divan::{AllocProfiler, Bencher};
use operations::Caller;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench]
fn without_the_interceptor(bencher: Bencher<'_, '_>) {
    let caller = Caller::new(false, true);
    bencher.bench_local(|| caller.call());
}

#[divan::bench]
fn with_it_unsampled(bencher: Bencher<'_, '_>) {
    let caller = Caller::new(true, false);
    bencher.bench_local(|| caller.call());
}

/// Sends the datagram within the call.
#[divan::bench]
fn with_it_sampled(bencher: Bencher<'_, '_>) {
    let caller = Caller::new(true, true);
    bencher.bench_local(|| caller.call());
}
