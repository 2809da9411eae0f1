//! The instructions of a record: `cargo bench -p powertools-lambda-logger --bench record_instructions`.

#![allow(missing_docs)] // of what the macros make

#[path = "record/mod.rs"]
mod operations;

use gungraun::{library_benchmark, library_benchmark_group, main};
use operations::{Around, Floor, Peer, Scope, Sink, Stage};

fn ours(around: Around) -> Stage {
    operations::ours(around, Sink::Memory, Scope::Process)
}

fn peer(peer: Peer) -> Stage {
    operations::peer(peer, 0, Sink::Memory, Scope::Process)
}

fn floor() -> Floor {
    let mut floor = Floor::new(Sink::Memory);
    floor.info_record();
    floor
}

#[library_benchmark]
#[bench::floor(floor())]
fn l1_floor(mut floor: Floor) -> Floor {
    floor.info_record();
    floor
}

// The stage is returned, so that dropping it is not counted.
#[library_benchmark]
#[bench::powertools(ours(Around::Spans(0)))]
#[bench::powertools_1_span(ours(Around::Spans(1)))]
#[bench::powertools_3_spans(ours(Around::Spans(3)))]
#[bench::powertools_spawned(ours(Around::Spawned))]
#[bench::json_subscriber(peer(Peer::JsonSubscriber))]
#[bench::lambda_default(peer(Peer::LambdaDefault))]
#[bench::tracing_subscriber(peer(Peer::TracingSubscriber))]
fn l1_record(stage: Stage) -> Stage {
    operations::info_record();
    stage
}

#[library_benchmark]
#[bench::powertools(ours(Around::Spans(0)))]
#[bench::powertools_sampling(ours(Around::Sampling))]
#[bench::tracing_subscriber(peer(Peer::TracingSubscriber))]
fn l2_refused(stage: Stage) -> Stage {
    operations::refused_record();
    stage
}

fn with_failure(stage: Stage) -> (Stage, operations::Failure) {
    (stage, operations::failure())
}

#[library_benchmark]
#[bench::powertools(with_failure(ours(Around::Spans(0))))]
#[bench::lambda_default(with_failure(peer(Peer::LambdaDefault)))]
fn l3_error(stage: (Stage, operations::Failure)) -> (Stage, operations::Failure) {
    operations::error_record(&stage.1);
    stage
}

#[library_benchmark]
#[bench::powertools(ours(Around::Spans(0)))]
#[bench::json_subscriber(peer(Peer::JsonSubscriber))]
fn user_span(stage: Stage) -> Stage {
    operations::user_span();
    stage
}

library_benchmark_group!(
    name = record,
    benchmarks = [l1_floor, l1_record, l2_refused, l3_error, user_span]
);
main!(library_benchmark_groups = record);
