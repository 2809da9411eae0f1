//! The time to read the raw event: `cargo bench -p powertools-lambda-logger --bench event`.

#![allow(missing_docs)] // the macros make items

#[path = "event/mod.rs"]
mod operations;

use divan::counter::BytesCount;
use divan::{AllocProfiler, Bencher};
use operations::Event;
use powertools_lambda_logger::LogEvent;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}

fn read(bencher: Bencher<'_, '_>, event: Event, read: fn(&[u8]) -> usize) {
    let event = event.bytes();
    let bencher = bencher.counter(BytesCount::of_slice(&event));
    bencher.bench_local(|| read(divan::black_box(&event)));
}

macro_rules! correlation_id {
    ($name:ident, $event:expr) => {
        #[divan::bench_group]
        mod $name {
            use super::{Bencher, Event, operations, read};

            #[divan::bench]
            fn powertools(bencher: Bencher<'_, '_>) {
                read(bencher, $event, operations::id);
            }

            #[divan::bench]
            fn serde_json_type(bencher: Bencher<'_, '_>) {
                read(bencher, $event, operations::id_by_type);
            }

            #[divan::bench]
            fn serde_json_value(bencher: Bencher<'_, '_>) {
                read(bencher, $event, operations::id_by_tree);
            }

            #[divan::bench]
            fn floor_quotes(bencher: Bencher<'_, '_>) {
                read(bencher, $event, operations::id_floor);
            }
        }
    };
}

correlation_id!(id_small, Event::Small);
correlation_id!(id_large_text, Event::LargeText);
correlation_id!(id_large_tree, Event::LargeTree);

macro_rules! log_event {
    ($name:ident, $event:expr) => {
        #[divan::bench_group]
        mod $name {
            use super::{Bencher, Event, LogEvent, operations};

            #[divan::bench]
            fn powertools(bencher: Bencher<'_, '_>) {
                let (event, log_event, mut buffer) = ($event.bytes(), LogEvent::new(), Vec::new());
                bencher.bench_local(|| operations::log(&log_event, divan::black_box(&event), &mut buffer));
            }

            #[divan::bench]
            fn serde_json_value(bencher: Bencher<'_, '_>) {
                let (event, mut buffer) = ($event.bytes(), Vec::new());
                bencher.bench_local(|| operations::log_by_tree(divan::black_box(&event), &mut buffer));
            }
        }
    };
}

log_event!(log_small, Event::Small);
log_event!(log_large_text, Event::LargeText);
log_event!(log_large_tree, Event::LargeTree);
