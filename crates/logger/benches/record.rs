//! The time and allocations of a record: `cargo bench -p powertools-lambda-logger --bench record`.

#[path = "record/mod.rs"]
mod operations;

use divan::{AllocProfiler, Bencher};
use operations::{Around, Floor, Peer, Scope, Sink, Stage};

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

/// Runs `operation` on a stage that is set up once.
fn on(bencher: Bencher<'_, '_>, stage: Stage, operation: impl Fn()) {
    bencher.bench_local(operation);
    drop(stage);
}

/// L1: one INFO record, in memory.
#[divan::bench_group(sample_count = 1000, sample_size = 200)]
mod l1_record {
    use super::{Around, Bencher, Floor, Peer, Scope, Sink, on, operations};

    #[divan::bench]
    fn floor(bencher: Bencher<'_, '_>) {
        let mut floor = Floor::new(Sink::Memory);
        bencher.bench_local(|| floor.info_record());
    }

    #[divan::bench(args = [0, 1, 3])]
    fn powertools(bencher: Bencher<'_, '_>, spans: usize) {
        on(
            bencher,
            operations::ours(Around::Spans(spans), Sink::Memory, Scope::Thread),
            operations::info_record,
        );
    }

    #[divan::bench]
    fn powertools_spawned(bencher: Bencher<'_, '_>) {
        on(
            bencher,
            operations::ours(Around::Spawned, Sink::Memory, Scope::Thread),
            operations::info_record,
        );
    }

    #[divan::bench(args = [0, 3])]
    fn json_subscriber(bencher: Bencher<'_, '_>, spans: usize) {
        on(
            bencher,
            operations::peer(Peer::JsonSubscriber, spans, Sink::Memory, Scope::Thread),
            operations::info_record,
        );
    }

    #[divan::bench]
    fn lambda_default(bencher: Bencher<'_, '_>) {
        on(
            bencher,
            operations::peer(Peer::LambdaDefault, 0, Sink::Memory, Scope::Thread),
            operations::info_record,
        );
    }

    #[divan::bench]
    fn tracing_subscriber(bencher: Bencher<'_, '_>) {
        on(
            bencher,
            operations::peer(Peer::TracingSubscriber, 0, Sink::Memory, Scope::Thread),
            operations::info_record,
        );
    }
}

/// L1w: the same, written to `/dev/null`.
#[divan::bench_group(sample_count = 1000, sample_size = 200)]
mod l1w_written {
    use super::{Around, Bencher, Floor, Peer, Scope, Sink, on, operations};

    #[divan::bench]
    fn floor(bencher: Bencher<'_, '_>) {
        let mut floor = Floor::new(Sink::Null);
        bencher.bench_local(|| floor.info_record());
    }

    #[divan::bench]
    fn powertools(bencher: Bencher<'_, '_>) {
        on(
            bencher,
            operations::ours(Around::Spans(0), Sink::Null, Scope::Thread),
            operations::info_record,
        );
    }

    #[divan::bench]
    fn json_subscriber(bencher: Bencher<'_, '_>) {
        on(
            bencher,
            operations::peer(Peer::JsonSubscriber, 0, Sink::Null, Scope::Thread),
            operations::info_record,
        );
    }

    #[divan::bench]
    fn lambda_default(bencher: Bencher<'_, '_>) {
        on(
            bencher,
            operations::peer(Peer::LambdaDefault, 0, Sink::Null, Scope::Thread),
            operations::info_record,
        );
    }
}

/// L2: a DEBUG event below the level INFO.
#[divan::bench_group(sample_count = 1000, sample_size = 1000)]
mod l2_refused {
    use super::{Around, Bencher, Peer, Scope, Sink, on, operations};

    #[divan::bench]
    fn powertools(bencher: Bencher<'_, '_>) {
        on(
            bencher,
            operations::ours(Around::Spans(0), Sink::Memory, Scope::Thread),
            operations::refused_record,
        );
    }

    #[divan::bench]
    fn powertools_sampling(bencher: Bencher<'_, '_>) {
        on(
            bencher,
            operations::ours(Around::Sampling, Sink::Memory, Scope::Thread),
            operations::refused_record,
        );
    }

    #[divan::bench]
    fn tracing_subscriber(bencher: Bencher<'_, '_>) {
        on(
            bencher,
            operations::peer(Peer::TracingSubscriber, 0, Sink::Memory, Scope::Thread),
            operations::refused_record,
        );
    }
}

/// L3: an ERROR record with a chain of three errors.
#[divan::bench_group(sample_count = 1000, sample_size = 100)]
mod l3_error {
    use super::{Around, Bencher, Peer, Scope, Sink, on, operations};

    #[divan::bench]
    fn powertools(bencher: Bencher<'_, '_>) {
        let failure = operations::failure();
        on(
            bencher,
            operations::ours(Around::Spans(0), Sink::Memory, Scope::Thread),
            || {
                operations::error_record(&failure);
            },
        );
    }

    #[divan::bench]
    fn lambda_default(bencher: Bencher<'_, '_>) {
        let failure = operations::failure();
        on(
            bencher,
            operations::peer(Peer::LambdaDefault, 0, Sink::Memory, Scope::Thread),
            || {
                operations::error_record(&failure);
            },
        );
    }
}

/// A span of the user with two fields.
#[divan::bench_group(sample_count = 1000, sample_size = 200)]
mod user_span {
    use super::{Around, Bencher, Peer, Scope, Sink, on, operations};

    #[divan::bench]
    fn powertools(bencher: Bencher<'_, '_>) {
        on(
            bencher,
            operations::ours(Around::Spans(0), Sink::Memory, Scope::Thread),
            operations::user_span,
        );
    }

    #[divan::bench]
    fn json_subscriber(bencher: Bencher<'_, '_>) {
        on(
            bencher,
            operations::peer(Peer::JsonSubscriber, 0, Sink::Memory, Scope::Thread),
            operations::user_span,
        );
    }
}
