//! The same metrics with other crates.

use std::hint::black_box;
use std::io::{self, Write};
use std::sync::OnceLock;
use std::time::SystemTime;

use metrics_cloudwatch_embedded::{Builder, Collector};
use metrics_rs::{counter, gauge, histogram};
use metrique::emf::Emf;
use metrique::unit_of_work::metrics;
use metrique::writer::format::Format;
use metrique::writer::sink::FlushImmediately;
use metrique::writer::unit::{Count, Millisecond, UnitTag};
use metrique::writer::{BoxEntrySink, Entry, EntryWriter, FormatExt, MetricFlags, Observation, Value, ValueWriter};

use super::{AMOUNT, DIMENSIONS, LATENCIES, METADATA, Memory, NAMES, NAMESPACE, ORDERS};

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.keep(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// metrique: a struct of the unit of work, written when it is dropped; and its formatter alone.
///
/// The struct owns the tenant and the request id of the invocation.
pub(crate) struct Metrique {
    sink: BoxEntrySink,
    format: Emf,
    memory: Memory,
}

#[metrics]
struct Work {
    #[metrics(timestamp)]
    time: SystemTime,
    tenant: String,
    service: &'static str,
    request_id: String,
    #[metrics(unit = Count)]
    orders_placed: u32,
    amount: f64,
    #[metrics(no_close)]
    latency: Latencies,
}

/// Several values that are added one by one.
struct Latencies(Vec<f64>);

impl Value for Latencies {
    fn write(&self, writer: impl ValueWriter) {
        let values = self.0.iter().copied().map(Observation::Floating);
        writer.metric(values, Millisecond::UNIT, [], MetricFlags::empty());
    }
}

/// 100 metrics with one value each.
struct Hundred;

impl Entry for Hundred {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        writer.timestamp(now());
        for (name, value) in NAMES.iter().zip(0_u32..) {
            writer.value(*black_box(name), &One(black_box(value)));
        }
    }
}

struct One(u32);

impl Value for One {
    fn write(&self, writer: impl ValueWriter) {
        let value = Observation::Unsigned(u64::from(self.0));
        writer.metric([value], Count::UNIT, [], MetricFlags::empty());
    }
}

impl Metrique {
    pub(crate) fn new() -> Self {
        let memory = Memory::default();
        let dimensions = DIMENSIONS.map(|(key, _)| key.to_owned()).to_vec();
        let stream = Emf::builder(NAMESPACE.to_owned(), vec![dimensions])
            .build()
            .output_to(memory.clone());
        let metrique = Self {
            sink: FlushImmediately::new_boxed(stream),
            format: Emf::builder(NAMESPACE.to_owned(), vec![vec![]]).build(),
            memory,
        };
        metrique.m1();
        // It writes a line in parts, of which the last has the texts.
        let piece = metrique.memory.last();
        assert!(piece.contains("acme"), "{piece}");
        metrique
    }

    pub(crate) fn m1(&self) {
        let work = Work {
            time: now(),
            tenant: black_box(DIMENSIONS[0].1).to_owned(),
            service: black_box(DIMENSIONS[1].1),
            request_id: black_box(METADATA.1).to_owned(),
            orders_placed: 0,
            amount: 0.0,
            latency: Latencies(Vec::new()),
        };
        let mut work = work.append_on_drop(self.sink.clone());
        work.orders_placed += black_box(ORDERS);
        work.amount = black_box(AMOUNT);
        for latency in LATENCIES {
            work.latency.0.push(black_box(latency));
        }
    }

    pub(crate) fn m2(&mut self) {
        self.format.format(&Hundred, &mut self.memory).unwrap();
    }
}

/// `metrics_cloudwatch_embedded`: the facade's macros, collected for the whole process.
pub(crate) struct Embedded {
    collector: &'static Collector,
    line: Vec<u8>,
    memory: Memory,
}

impl Embedded {
    /// Returns the process's recorder.
    pub(crate) fn get() -> Self {
        static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();
        let collector = COLLECTOR.get_or_init(|| {
            let mut builder = Builder::new().cloudwatch_namespace(NAMESPACE);
            for (key, value) in DIMENSIONS {
                builder = builder.with_dimension(key, value);
            }
            builder.init().unwrap()
        });
        Self {
            collector,
            line: Vec::with_capacity(64 * 1_024),
            memory: Memory::default(),
        }
    }

    pub(crate) fn m1(&mut self) {
        self.collector.set_property(METADATA.0, black_box(METADATA.1));
        counter!("OrdersPlaced").increment(u64::from(black_box(ORDERS)));
        gauge!("Amount").set(black_box(AMOUNT));
        for latency in LATENCIES {
            histogram!("Latency").record(black_box(latency));
        }
        self.flush();
    }

    pub(crate) fn m2(&mut self) {
        for (name, value) in NAMES.iter().zip(1_u64..) {
            counter!(*black_box(name)).increment(black_box(value));
        }
        self.flush();
    }

    /// Writes into a buffer, because it writes in many small parts.
    fn flush(&mut self) {
        self.line.clear();
        self.collector.flush(&mut self.line).unwrap();
        self.memory.keep(&self.line);
    }
}

#[allow(clippy::disallowed_methods)] // like its users
fn now() -> SystemTime {
    SystemTime::now()
}
