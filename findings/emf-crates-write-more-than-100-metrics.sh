#!/usr/bin/env bash
# metrics_cloudwatch_embedded 0.10.0 and metrique 0.1.33 (crates.io) write all metrics of an entry into one directive of CloudWatch's
# embedded metric format, also more than the 100 that the format allows ("Metrics" in
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html), and metrique
# writes all values of a metric into one array, also more than the 100 members that the format allows. Both return success and log
# nothing, so a function learns nothing of a document that CloudWatch need not accept. The first crate's "Limitations" name 100 values
# and 30 dimensions, but not this limit.
#
# Seen: `metrics_cloudwatch_embedded: 1 line, 150 metrics`, `metrique: 1 line, 150 metrics`, `metrique: 1 line, 250 values`. Exits with
# 1 if that has changed. Needs cargo and the registry; about a minute.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cat > "$folder/Cargo.toml" <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2024"

[dependencies]
metrics = "0.24"
metrics_cloudwatch_embedded = { version = "=0.10.0", default-features = false }
metrique = { version = "=0.1.33", default-features = false, features = ["emf"] }
serde_json = "1"
TOML
cat > "$folder/src/main.rs" <<'RUST'
use std::time::SystemTime;

use metrics::counter;
use metrics_cloudwatch_embedded::Builder;
use metrique::emf::Emf;
use metrique::writer::format::Format;
use metrique::writer::unit::{Count, UnitTag};
use metrique::writer::{Entry, EntryWriter, MetricFlags, Observation, Value, ValueWriter};

/// An entry of metrique: so many metrics, with so many different values each.
struct Metrics(u32, u32);

/// So many different values.
struct Values(u32);

impl Entry for Metrics {
    fn write<'a>(&'a self, writer: &mut impl EntryWriter<'a>) {
        writer.timestamp(SystemTime::UNIX_EPOCH);
        for number in 0..self.0 {
            writer.value(format!("metric{number}"), &Values(self.1));
        }
    }
}

impl Value for Values {
    fn write(&self, writer: impl ValueWriter) {
        let values = (0..self.0).map(|value| Observation::Unsigned(u64::from(value)));
        writer.metric(values, Count::UNIT, [], MetricFlags::empty());
    }
}

fn main() {
    let collector = Builder::new().cloudwatch_namespace("Shop").init().expect("a recorder");
    for number in 0..150 {
        counter!(format!("metric{number}")).increment(1);
    }
    let mut written = Vec::new();
    collector.flush(&mut written).expect("a document");
    println!("metrics_cloudwatch_embedded: {}, {} metrics", lines(&written), metrics(&written));
    for (number, values) in [(150, 1), (1, 250)] {
        let mut written = Vec::new();
        let mut format = Emf::builder("Shop".to_owned(), vec![vec![]]).build();
        format.format(&Metrics(number, values), &mut written).expect("a document");
        let what = match values {
            1 => format!("{} metrics", metrics(&written)),
            _ => format!("{} values", document(&written)["metric0"]["Values"].as_array().map_or(0, Vec::len)),
        };
        println!("metrique: {}, {what}", lines(&written));
    }
}

fn lines(written: &[u8]) -> String {
    format!("{} line", String::from_utf8_lossy(written).lines().filter(|line| !line.is_empty()).count())
}

/// Returns how many metrics the directive has.
fn metrics(written: &[u8]) -> usize {
    document(written)["_aws"]["CloudWatchMetrics"][0]["Metrics"].as_array().map_or(0, Vec::len)
}

fn document(written: &[u8]) -> serde_json::Value {
    serde_json::from_slice(written).expect("one document")
}
RUST
cargo build --quiet --manifest-path "$folder/Cargo.toml"
program=$(cargo metadata --format-version 1 --no-deps --manifest-path "$folder/Cargo.toml" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/debug/finding
seen=$("$program" 2>&1)
echo "$seen"
[ "$seen" = 'metrics_cloudwatch_embedded: 1 line, 150 metrics
metrique: 1 line, 150 metrics
metrique: 1 line, 250 values' ]
