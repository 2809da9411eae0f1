//! Measures the time of a whole invocation: `cargo xtask bench benches`.

#[path = "invocation/mod.rs"]
mod operations;

use divan::Bencher;
use operations::Function;

fn main() {
    divan::main();
}

/// The context, a record and an EMF document to `/dev/null`, and a tree of two subsegments to the loopback interface.
#[divan::bench]
fn whole(bencher: Bencher<'_, '_>) {
    let function = Function::of_process();
    bencher
        .with_inputs(Function::request)
        .bench_local_values(|request| function.whole(request));
}

/// The same with 20 nested spans and five records.
#[divan::bench]
fn whole_with_20_spans(bencher: Bencher<'_, '_>) {
    let function = Function::of_process();
    bencher
        .with_inputs(Function::request)
        .bench_local_values(|request| function.whole_with_20_spans(request));
}

/// The part before the response is posted.
#[divan::bench]
fn until_the_response(bencher: Bencher<'_, '_>) {
    let function = Function::of_process();
    bencher
        .with_inputs(Function::request)
        .bench_local_values(|request| function.until_the_response(request));
}

/// The bench itself, without the toolkit.
#[divan::bench]
fn nothing(bencher: Bencher<'_, '_>) {
    bencher
        .with_inputs(Function::request)
        .bench_local_values(Function::nothing);
}
