//! What a span costs, in instructions: `cargo xtask bench tracer`.

#![allow(missing_docs)] // what gungraun makes has none

#[path = "tracer_span/mod.rs"]
mod operations;

use gungraun::{library_benchmark, library_benchmark_group, main};
use operations::{ByHand, Function, Layers, OpenTelemetry, by_calls, by_fields, two_fields};

/// Makes what is to be measured, and lets it run until its pools are full.
fn warm<T>(mut made: T, mut operation: impl FnMut(&mut T)) -> T {
    for _ in 0..100 {
        operation(&mut made);
    }
    made
}

fn function(layers: Layers, sampled: bool, operation: fn()) -> (Function, fn()) {
    let function = warm(Function::new(layers, sampled), |function| function.inside(operation));
    (function, operation)
}

#[library_benchmark]
#[bench::sampled_by_fields(function(Layers::Tracer, true, by_fields))]
#[bench::sampled_by_calls(function(Layers::Tracer, true, by_calls))]
#[bench::unsampled_logger_alone(function(Layers::Logger, false, two_fields))]
#[bench::unsampled_logger_and_tracer(function(Layers::Both, false, two_fields))]
#[bench::unsampled_logger_and_tracer_as_two_layers(function(Layers::Separate, false, two_fields))]
#[bench::unsampled_tracer_alone(function(Layers::Tracer, false, two_fields))]
fn powertools((function, operation): (Function, fn())) -> Function {
    // Entering the invocation's span counts too, alike for all.
    function.inside(operation);
    function
}

#[library_benchmark]
#[bench::sampled(warm(OpenTelemetry::new(), |peer| peer.span()))]
fn opentelemetry_aws(peer: OpenTelemetry) -> OpenTelemetry {
    peer.span();
    peer
}

#[library_benchmark]
#[bench::sampled(warm(ByHand::new(), ByHand::document_and_send))]
fn floor(mut floor: ByHand) -> ByHand {
    floor.document_and_send();
    floor
}

library_benchmark_group!(name = spans, benchmarks = [powertools, opentelemetry_aws, floor]);
main!(library_benchmark_groups = spans);
