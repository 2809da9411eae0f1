//! Measures the time that the tracer adds to each call of an AWS SDK client: `cargo xtask bench tracer`.

#[path = "tracer_sdk_call/mod.rs"]
mod operations;

use divan::{AllocProfiler, Bencher};
use operations::{Caller, Interceptor};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

#[divan::bench]
fn without_the_interceptor(bencher: Bencher<'_, '_>) {
    let caller = Caller::new(Interceptor::None, true);
    bencher.bench_local(|| caller.call());
}

#[divan::bench]
fn with_one_that_does_nothing(bencher: Bencher<'_, '_>) {
    let caller = Caller::new(Interceptor::Nothing, true);
    bencher.bench_local(|| caller.call());
}

#[divan::bench]
fn with_it_unsampled(bencher: Bencher<'_, '_>) {
    let caller = Caller::new(Interceptor::Tracer, false);
    bencher.bench_local(|| caller.call());
}

/// Sends the datagram within the call.
#[divan::bench]
fn with_it_sampled(bencher: Bencher<'_, '_>) {
    let caller = Caller::new(Interceptor::Tracer, true);
    bencher.bench_local(|| caller.call());
}
