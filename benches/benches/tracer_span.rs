//! Measures the time of a span: `cargo xtask bench tracer`.

#[path = "tracer_span/mod.rs"]
mod operations;

use divan::{AllocProfiler, Bencher};
use operations::{ByHand, Function, Layers, OpenTelemetry, Twenty, XRayLite, by_calls, by_fields, two_fields};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// A span with two annotations and one metadata value, and its datagram.
#[divan::bench_group]
mod sampled {
    use super::{Bencher, ByHand, Function, Layers, OpenTelemetry, XRayLite, by_calls, by_fields};

    #[divan::bench]
    fn powertools_by_fields(bencher: Bencher<'_, '_>) {
        let function = Function::new(Layers::Tracer, true);
        function.inside(|| bencher.bench_local(by_fields));
    }

    #[divan::bench]
    fn powertools_by_calls(bencher: Bencher<'_, '_>) {
        let function = Function::new(Layers::Tracer, true);
        function.inside(|| bencher.bench_local(by_calls));
    }

    #[divan::bench]
    fn opentelemetry_aws(bencher: Bencher<'_, '_>) {
        let peer = OpenTelemetry::new();
        bencher.bench_local(|| peer.span());
    }

    #[divan::bench]
    fn xray_lite_two_datagrams(bencher: Bencher<'_, '_>) {
        let peer = XRayLite::new();
        bencher.bench_local(|| peer.subsegment());
    }

    #[divan::bench]
    fn floor(bencher: Bencher<'_, '_>) {
        let mut floor = ByHand::new();
        bencher.bench_local(|| floor.document_and_send());
    }

    #[divan::bench]
    fn floor_document_only(bencher: Bencher<'_, '_>) {
        let mut floor = ByHand::new();
        bencher.bench_local(|| floor.document());
    }

    #[divan::bench]
    fn floor_send_only(bencher: Bencher<'_, '_>) {
        let mut floor = ByHand::new();
        floor.document();
        bencher.bench_local(|| floor.send());
    }
}

/// Twenty spans like that, four deep, which are sent together at the end.
#[divan::bench_group]
mod twenty {
    use super::{Bencher, OpenTelemetry, Twenty};

    /// Includes the invocation and its subsegment.
    #[divan::bench]
    fn powertools(bencher: Bencher<'_, '_>) {
        let function = Twenty::new();
        bencher.bench_local(|| function.spans());
    }

    #[divan::bench]
    fn opentelemetry_aws(bencher: Bencher<'_, '_>) {
        let peer = OpenTelemetry::collecting();
        bencher.bench_local(|| peer.twenty());
    }

    #[divan::bench]
    fn opentelemetry_aws_nested(bencher: Bencher<'_, '_>) {
        let peer = OpenTelemetry::nesting();
        bencher.bench_local(|| peer.twenty());
    }
}

/// A span with two fields in an invocation that is not sampled.
#[divan::bench_group]
mod unsampled {
    use super::{Bencher, Function, Layers, two_fields};

    #[divan::bench]
    fn logger_alone(bencher: Bencher<'_, '_>) {
        let function = Function::new(Layers::Logger, false);
        function.inside(|| bencher.bench_local(two_fields));
    }

    /// As in `Powertools`: one layer.
    #[divan::bench]
    fn logger_and_tracer(bencher: Bencher<'_, '_>) {
        let function = Function::new(Layers::Both, false);
        function.inside(|| bencher.bench_local(two_fields));
    }

    #[divan::bench]
    fn logger_and_tracer_as_two_layers(bencher: Bencher<'_, '_>) {
        let function = Function::new(Layers::Separate, false);
        function.inside(|| bencher.bench_local(two_fields));
    }

    #[divan::bench]
    fn tracer_alone(bencher: Bencher<'_, '_>) {
        let function = Function::new(Layers::Tracer, false);
        function.inside(|| bencher.bench_local(two_fields));
    }
}
