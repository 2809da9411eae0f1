#!/usr/bin/env bash
# opentelemetry-otlp 0.33.1 (crates.io) sends the header of OTEL_EXPORTER_OTLP_HEADERS instead of the one that the program passes to
# `with_headers`, if both have the same name. The crate's documentation says that configuration in code takes precedence over
# variables, and for the endpoint it does, as this script also shows. So a function that reads its receiver's key from a secret store
# sends the key of a variable that somebody has set for another exporter, and the receiver refuses its spans.
#
# Seen: `endpoint: http://code.example/v1/traces`, `authorization: of the variable`, and `of the code` without the variable. Exits
# with 1 if that has changed. Needs cargo and the registry, and sends nothing; about a minute.
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
async-trait = "0.1"
bytes = "1"
http = "1"
opentelemetry = "=0.33.1"
opentelemetry-http = "=0.33.1"
opentelemetry-otlp = { version = "=0.33.1", default-features = false, features = ["http-proto", "trace"] }
opentelemetry_sdk = "=0.33.1"
TOML
cat > "$folder/src/main.rs" <<'RUST'
use std::collections::HashMap;

use bytes::Bytes;
use http::{Request, Response};
use opentelemetry::trace::{Tracer, TracerProvider};
use opentelemetry_http::{HttpClient, HttpError};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::trace::SdkTracerProvider;

/// Prints what it would send.
#[derive(Debug)]
struct Printer;

#[async_trait::async_trait]
impl HttpClient for Printer {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        println!("endpoint: {}", request.uri());
        println!("authorization: {}", request.headers()["authorization"].to_str()?);
        Ok(Response::new(Bytes::new()))
    }
}

fn main() {
    let headers = HashMap::from([("authorization".to_owned(), "of the code".to_owned())]);
    let exporter = SpanExporter::builder()
        .with_http()
        .with_http_client(Printer)
        .with_endpoint("http://code.example/v1/traces")
        .with_headers(headers)
        .build()
        .expect("an exporter");
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter).build();
    provider.tracer("finding").in_span("span", |_| ());
}
RUST
cargo build --quiet --manifest-path "$folder/Cargo.toml"
program=$(cargo metadata --format-version 1 --no-deps --manifest-path "$folder/Cargo.toml" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/debug/finding
variables=(OTEL_EXPORTER_OTLP_HEADERS='authorization=of the variable' OTEL_EXPORTER_OTLP_ENDPOINT=http://variable.example)
with=$(env "${variables[@]}" "$program")
without=$(env -u OTEL_EXPORTER_OTLP_HEADERS -u OTEL_EXPORTER_OTLP_ENDPOINT "$program")
printf 'opentelemetry-otlp 0.33.1, with the variables:\n%s\nwithout:\n%s\n' "$with" "$without"
[ "$with" = $'endpoint: http://code.example/v1/traces\nauthorization: of the variable' ]
[ "$without" = $'endpoint: http://code.example/v1/traces\nauthorization: of the code' ]
