//! The time and allocations of an invocation's metrics: `cargo bench -p powertools-lambda-metrics --bench document`.

#[path = "document/mod.rs"]
mod operations;

use divan::{AllocProfiler, Bencher};
use operations::{Embedded, Floor, Metrique, Stage};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// M1: 2 dimensions, 3 metrics of which one has 10 values, 1 metadata, written as one line.
#[divan::bench_group(sample_count = 1000, sample_size = 100)]
mod m1_invocation {
    use super::{Bencher, Embedded, Floor, Metrique, Stage};

    #[divan::bench]
    fn floor(bencher: Bencher<'_, '_>) {
        let mut floor = Floor::new();
        bencher.bench_local(|| floor.m1());
    }

    #[divan::bench]
    fn powertools(bencher: Bencher<'_, '_>) {
        let stage = Stage::new();
        stage.enter(|| bencher.bench_local(|| stage.m1()));
    }

    /// Including the start and the end of an invocation: its context, its document, its utilities.
    #[divan::bench]
    fn powertools_whole_invocation(bencher: Bencher<'_, '_>) {
        let stage = Stage::new();
        bencher.bench_local(|| stage.whole_invocation());
    }

    #[divan::bench]
    fn metrique(bencher: Bencher<'_, '_>) {
        let metrique = Metrique::new();
        bencher.bench_local(|| metrique.m1());
    }

    #[divan::bench]
    fn metrics_cloudwatch_embedded(bencher: Bencher<'_, '_>) {
        let mut embedded = Embedded::get();
        bencher.bench_local(|| embedded.m1());
    }
}

/// M2: 100 metrics with one value each, written as one line.
#[divan::bench_group(sample_count = 300, sample_size = 50)]
mod m2_hundred {
    use super::{Bencher, Embedded, Floor, Metrique, Stage};

    #[divan::bench]
    fn floor(bencher: Bencher<'_, '_>) {
        let mut floor = Floor::new();
        bencher.bench_local(|| floor.m2());
    }

    #[divan::bench]
    fn powertools(bencher: Bencher<'_, '_>) {
        let stage = Stage::new();
        stage.enter(|| bencher.bench_local(|| stage.m2()));
    }

    /// Only the formatter, with an entry written by hand.
    #[divan::bench]
    fn metrique_format(bencher: Bencher<'_, '_>) {
        let mut metrique = Metrique::new();
        bencher.bench_local(|| metrique.m2());
    }

    #[divan::bench]
    fn metrics_cloudwatch_embedded(bencher: Bencher<'_, '_>) {
        let mut embedded = Embedded::get();
        bencher.bench_local(|| embedded.m2());
    }
}

/// One value of an existing metric.
#[divan::bench_group(sample_count = 500, sample_size = 1000)]
mod add {
    use super::{Bencher, Stage, operations};

    #[divan::bench]
    fn powertools(bencher: Bencher<'_, '_>) {
        let stage = Stage::new();
        stage.enter(|| bencher.bench_local(operations::add));
    }
}
