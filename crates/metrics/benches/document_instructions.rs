//! The instructions of an invocation's metrics:
//! `cargo bench -p powertools-lambda-metrics --bench document_instructions`.

#![allow(missing_docs)] // gungraun makes modules of the functions

#[path = "document/mod.rs"]
mod operations;

use gungraun::{library_benchmark, library_benchmark_group, main};
use operations::{Embedded, Floor, Metrique, Stage};

/// Each operation has already run once, so that the steady state is counted.
fn floor() -> Floor {
    let mut floor = Floor::new();
    floor.m1();
    floor.m2();
    floor
}

fn entered_m2() -> Stage {
    let stage = Stage::new();
    stage.enter(|| {
        for _ in 0..3 {
            stage.m2();
        }
    });
    stage.leave_entered();
    stage
}

fn stage() -> Stage {
    let stage = Stage::new();
    (0..3).for_each(|_| stage.whole_invocation());
    stage
}

fn entered_m1() -> Stage {
    let stage = Stage::new();
    stage.enter(|| (0..3).for_each(|_| stage.m1()));
    stage.leave_entered();
    stage
}

fn metrique() -> Metrique {
    let mut metrique = Metrique::new();
    metrique.m1();
    metrique.m2();
    metrique
}

fn embedded() -> Embedded {
    let mut embedded = Embedded::get();
    embedded.m1();
    embedded
}

fn embedded_m2() -> Embedded {
    let mut embedded = Embedded::get();
    embedded.m2();
    embedded
}

#[library_benchmark]
#[bench::floor(floor())]
fn m1_floor(mut floor: Floor) -> Floor {
    floor.m1();
    floor
}

// The stage is returned, so that dropping it is not counted.
#[library_benchmark]
#[bench::powertools(entered_m1())]
fn m1(stage: Stage) -> Stage {
    stage.m1();
    stage
}

#[library_benchmark]
#[bench::powertools(stage())]
fn m1_whole_invocation(stage: Stage) -> Stage {
    stage.whole_invocation();
    stage
}

#[library_benchmark]
#[bench::metrique(metrique())]
fn m1_metrique(metrique: Metrique) -> Metrique {
    metrique.m1();
    metrique
}

#[library_benchmark]
#[bench::metrics_cloudwatch_embedded(embedded())]
fn m1_embedded(mut embedded: Embedded) -> Embedded {
    embedded.m1();
    embedded
}

#[library_benchmark]
#[bench::floor(floor())]
fn m2_floor(mut floor: Floor) -> Floor {
    floor.m2();
    floor
}

#[library_benchmark]
#[bench::powertools(entered_m2())]
fn m2(stage: Stage) -> Stage {
    stage.m2();
    stage
}

#[library_benchmark]
#[bench::metrique_format(metrique())]
fn m2_metrique(mut metrique: Metrique) -> Metrique {
    metrique.m2();
    metrique
}

#[library_benchmark]
#[bench::metrics_cloudwatch_embedded(embedded_m2())]
fn m2_embedded(mut embedded: Embedded) -> Embedded {
    embedded.m2();
    embedded
}

library_benchmark_group!(
    name = document,
    benchmarks = [
        m1_floor,
        m1,
        m1_whole_invocation,
        m1_metrique,
        m1_embedded,
        m2_floor,
        m2,
        m2_metrique,
        m2_embedded
    ]
);
main!(library_benchmark_groups = document);
