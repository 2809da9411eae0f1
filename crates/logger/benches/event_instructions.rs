//! The instructions to read the raw event:
//! `cargo bench -p powertools-lambda-logger --bench event_instructions`.

#![allow(missing_docs)] // the macros make items

#[path = "event/mod.rs"]
mod operations;

use gungraun::{library_benchmark, library_benchmark_group, main};
use operations::Event;
use powertools_lambda_logger::LogEvent;

fn prepared(event: Event) -> (Vec<u8>, LogEvent, Vec<u8>) {
    (event.bytes(), LogEvent::new(), Vec::with_capacity(1 << 15))
}

type Prepared = (Vec<u8>, LogEvent, Vec<u8>);

#[library_benchmark]
#[bench::small(Event::Small.bytes())]
#[bench::large_text(Event::LargeText.bytes())]
#[bench::large_tree(Event::LargeTree.bytes())]
fn id(event: Vec<u8>) -> (usize, Vec<u8>) {
    (operations::id(&event), event)
}

#[library_benchmark]
#[bench::small(Event::Small.bytes())]
#[bench::large_text(Event::LargeText.bytes())]
#[bench::large_tree(Event::LargeTree.bytes())]
fn id_by_type(event: Vec<u8>) -> (usize, Vec<u8>) {
    (operations::id_by_type(&event), event)
}

#[library_benchmark]
#[bench::small(Event::Small.bytes())]
fn id_by_tree(event: Vec<u8>) -> (usize, Vec<u8>) {
    (operations::id_by_tree(&event), event)
}

#[library_benchmark]
#[bench::small(prepared(Event::Small))]
#[bench::large_tree(prepared(Event::LargeTree))]
fn log((event, log_event, mut buffer): Prepared) -> (usize, Prepared) {
    let length = operations::log(&log_event, &event, &mut buffer);
    (length, (event, log_event, buffer))
}

#[library_benchmark]
#[bench::small(prepared(Event::Small))]
fn log_by_tree((event, log_event, mut buffer): Prepared) -> (usize, Prepared) {
    let length = operations::log_by_tree(&event, &mut buffer);
    (length, (event, log_event, buffer))
}

library_benchmark_group!(
    name = events,
    benchmarks = [id, id_by_type, id_by_tree, log, log_by_tree]
);
main!(library_benchmark_groups = events);
