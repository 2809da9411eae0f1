//! The instructions of evaluating a flag and of compiling a document:
//! `cargo bench -p powertools-lambda-feature-flags --bench evaluation_instructions`.

#![allow(missing_docs)] // the macros make items

#[path = "evaluation/mod.rs"]
mod operations;

use std::hint::black_box;

use gungraun::{library_benchmark, library_benchmark_group, main};
use powertools_lambda_feature_flags::{EvaluationContext, FeatureFlags, TextSource};

type Prepared = (FeatureFlags<TextSource>, EvaluationContext);

/// An evaluation before the measured one, so that no first-time work is counted.
fn warm() -> Prepared {
    let (flags, context) = (operations::flags(), operations::context());
    black_box(operations::is_enabled(&flags, &context));
    (flags, context)
}

#[library_benchmark]
#[bench::prepared(warm())]
fn is_enabled((flags, context): Prepared) -> (bool, Prepared) {
    (operations::is_enabled(black_box(&flags), &context), (flags, context))
}

#[library_benchmark]
#[bench::plain(warm(), "plain")]
#[bench::scheduled(warm(), "scheduled")]
fn snapshot_and_evaluation((flags, context): Prepared, name: &str) -> (bool, Prepared) {
    let snapshot = operations::snapshot(&flags, &context);
    let enabled = operations::evaluate(black_box(&snapshot), name);
    drop(snapshot);
    (enabled, (flags, context))
}

#[library_benchmark]
#[bench::prepared(warm())]
fn is_enabled_with_struct((flags, context): Prepared) -> (bool, Prepared) {
    let enabled = operations::is_enabled_with_struct(black_box(&flags), &operations::CALLER);
    (enabled, (flags, context))
}

#[library_benchmark]
#[bench::first(operations::large())]
fn compile_1000_features(document: String) -> (bool, String) {
    (operations::compile(black_box(&document)), document)
}

library_benchmark_group!(
    name = evaluations,
    benchmarks = [
        is_enabled,
        snapshot_and_evaluation,
        is_enabled_with_struct,
        compile_1000_features
    ]
);
main!(library_benchmark_groups = evaluations);
