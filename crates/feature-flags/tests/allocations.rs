//! An evaluation with a prepared context allocates nothing. It owns the process's allocator, so it has its own binary.
//!
//! The counting allocator is divan's, whose counts are only in its output: a child process writes it, and this reads it.

#![allow(missing_docs, clippy::unwrap_used)] // the macros make items

#[path = "../benches/evaluation/mod.rs"]
#[allow(dead_code)] // the benchmarks use all of it
mod operations;

use std::process::Command;

use divan::{AllocProfiler, Bencher, Divan, black_box};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

#[divan::bench(args = ["plain", "scheduled"], sample_count = 1, sample_size = 100)]
fn evaluate(bencher: Bencher<'_, '_>, name: &str) {
    let (flags, context) = (operations::flags(), operations::context());
    let snapshot = operations::snapshot(&flags, &context);
    bencher.bench_local(|| black_box(operations::evaluate(black_box(&snapshot), name)));
}

#[divan::bench(sample_count = 1, sample_size = 100)]
fn is_enabled(bencher: Bencher<'_, '_>) {
    let (flags, context) = (operations::flags(), operations::context());
    // Compiles the document.
    assert!(operations::is_enabled(&flags, &context));
    bencher.bench_local(|| operations::is_enabled(black_box(&flags), &context));
}

/// Shows that the allocator counts.
#[divan::bench(sample_count = 1, sample_size = 100)]
fn with_struct(bencher: Bencher<'_, '_>) {
    let flags = operations::flags();
    bencher.bench_local(|| operations::is_enabled_with_struct(black_box(&flags), &operations::CALLER));
}

#[test]
#[ignore = "the child process of the test below"]
fn child() {
    Divan::default().run_benches();
}

#[test]
fn an_evaluation_with_a_prepared_context_allocates_nothing() {
    let program = std::env::current_exe().unwrap();
    let output = Command::new(program)
        .args(["--exact", "child", "--ignored", "--nocapture"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let place = |name: &str| text.find(name).unwrap_or_else(|| panic!("no {name} in {text}"));
    let (evaluations, with_struct) = (
        &text[place("evaluate")..place("with_struct")],
        &text[place("with_struct")..],
    );
    assert!(
        evaluations.contains("scheduled") && evaluations.contains("is_enabled"),
        "{text}"
    );
    assert!(!evaluations.contains("alloc:"), "{text}");
    assert!(with_struct.contains("alloc:"), "{text}");
}
