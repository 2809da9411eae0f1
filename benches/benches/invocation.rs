//! What a whole invocation costs, in time: `cargo xtask bench benches`.

#[path = "invocation/mod.rs"]
mod operations;

use divan::Bencher;
use operations::Function;

fn main() {
    divan::main();
}

/// Context, a record to `/dev/null`, an EMF document there, two subsegments on loopback.
#[divan::bench]
fn whole(bencher: Bencher<'_, '_>) {
    let function = Function::new();
    bencher
        .with_inputs(Function::request)
        .bench_local_values(|request| function.whole(request));
}

/// What of it comes before the response is posted.
#[divan::bench]
fn until_the_response(bencher: Bencher<'_, '_>) {
    let function = Function::new();
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
