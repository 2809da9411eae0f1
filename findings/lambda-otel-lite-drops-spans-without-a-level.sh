#!/usr/bin/env bash
# lambda-otel-lite 0.20.0 (crates.io) exports no span of level INFO if neither RUST_LOG nor AWS_LAMBDA_LOG_LEVEL is set: not even
# the span of the handler that `create_traced_handler` makes. Lambda sets AWS_LAMBDA_LOG_LEVEL only for functions with the JSON log
# format, so a function with Lambda's default log format sends no traces, without a warning. `init_telemetry` builds its filter with
# `EnvFilter::from_env_lossy`, whose default is ERROR; the crate's documents do not name that default, and say INFO for its events.
#
# Seen: `unset: 0 spans`, `RUST_LOG=info: 1 spans`. Exits with 1 if that has changed. Needs cargo and the registry; about a minute.
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
lambda-otel-lite = "=0.20.0"
lambda_runtime = "=1.1.2"
opentelemetry_sdk = { version = "=0.32.1", features = ["trace", "testing"] }
serde_json = "1"
tokio = { version = "1", features = ["macros", "rt"] }
TOML
cat > "$folder/src/main.rs" <<'RUST'
use lambda_otel_lite::{LambdaSpanProcessor, TelemetryConfig, create_traced_handler, init_telemetry};
use lambda_runtime::{Context, Error, LambdaEvent};
use opentelemetry_sdk::trace::InMemorySpanExporter;
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let exporter = InMemorySpanExporter::default();
    let processor = LambdaSpanProcessor::builder().exporter(exporter.clone()).build();
    let config = TelemetryConfig::builder().with_span_processor(processor).build();
    let (_, completion) = init_telemetry(config).await?;
    let work = |_: LambdaEvent<Value>| async { Ok::<_, Error>(Value::Null) };
    let handler = create_traced_handler("handler", completion, work);
    handler(LambdaEvent::new(Value::Null, Context::default())).await?;
    println!("{} spans", exporter.get_finished_spans()?.len());
    Ok(())
}
RUST
cargo build --quiet --manifest-path "$folder/Cargo.toml"
program=$(cargo metadata --format-version 1 --no-deps --manifest-path "$folder/Cargo.toml" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/debug/finding
unset_level=$(env -u RUST_LOG -u AWS_LAMBDA_LOG_LEVEL "$program" 2>&1)
info=$(env -u AWS_LAMBDA_LOG_LEVEL RUST_LOG=info "$program" 2>&1)
echo "lambda-otel-lite 0.20.0, unset: $unset_level"
echo "lambda-otel-lite 0.20.0, RUST_LOG=info: $info"
[ "$unset_level" = "0 spans" ] && [ "$info" = "1 spans" ]
