//! What a whole invocation costs, in instructions: `cargo xtask bench benches`.

#![allow(missing_docs)] // what gungraun makes has none

#[path = "invocation/mod.rs"]
mod operations;

use gungraun::{library_benchmark, library_benchmark_group, main};
use lambda_runtime::LambdaInvocation;
use operations::{Function, Running};

/// Makes a function, and lets it run until its pools are full.
fn warm() -> (Function, LambdaInvocation) {
    let function = Function::new();
    for _ in 0..100 {
        function.whole(Function::request());
    }
    (function, Function::request())
}

#[library_benchmark]
#[bench::sampled(warm())]
fn whole((function, request): (Function, LambdaInvocation)) -> Function {
    function.whole(request);
    function
}

#[library_benchmark]
#[bench::sampled(warm())]
fn until_the_response((function, request): (Function, LambdaInvocation)) -> (Running, Function) {
    (function.until_the_response(request), function)
}

#[library_benchmark]
#[bench::sampled(Function::request())]
fn nothing(request: LambdaInvocation) {
    Function::nothing(request);
}

library_benchmark_group!(name = invocation, benchmarks = [whole, until_the_response, nothing]);
main!(library_benchmark_groups = invocation);
