//! What the tracer adds to each call of an AWS SDK client, in instructions: `cargo xtask bench tracer`.

#![allow(missing_docs)] // what gungraun makes has none

#[path = "tracer_sdk_call/mod.rs"]
mod operations;

use gungraun::{library_benchmark, library_benchmark_group, main};
use operations::Caller;

fn warm(intercepted: bool, sampled: bool) -> Caller {
    let caller = Caller::new(intercepted, sampled);
    for _ in 0..20 {
        caller.call();
    }
    caller
}

#[library_benchmark]
#[bench::without_the_interceptor(warm(false, true))]
#[bench::with_it_unsampled(warm(true, false))]
#[bench::with_it_sampled(warm(true, true))]
fn call(caller: Caller) -> Caller {
    caller.call();
    caller
}

library_benchmark_group!(name = calls, benchmarks = [call]);
main!(library_benchmark_groups = calls);
