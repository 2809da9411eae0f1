#!/usr/bin/env bash
# lambda_runtime 1.5.0 (crates.io), through http-serde 2.1.1, writes the headers of a streamed response (`MetadataPrelude`, which
# lambda_http streams with) in three forms: one value as a text, several values of a name as a list, and a value that is not ASCII as
# an empty list, without an error or a log record. A function URL documents only texts there, as for a whole response
# (https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html). So two layers that each append to `vary`, or a file name with
# an umlaut in `content-disposition`, change the type of a header, and the name with the umlaut is lost.
#
# Seen: `{"content-disposition":[],"vary":["origin","accept-encoding"],"x-id":"7"}`. Exits with 1 if that has changed. Needs cargo and
# the registry; about a minute.
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
http = "1"
http-serde = "=2.1.1"
lambda_runtime = { version = "=1.5.0", default-features = false }
serde_json = "1"
TOML
cat > "$folder/src/main.rs" <<'RUST'
use http::{HeaderMap, HeaderValue};
use lambda_runtime::MetadataPrelude;

fn main() {
    let mut headers = HeaderMap::new();
    headers.append("vary", HeaderValue::from_static("origin"));
    headers.append("vary", HeaderValue::from_static("accept-encoding"));
    headers.append("x-id", HeaderValue::from_static("7"));
    let file = "attachment; filename=\"käse.pdf\"";
    headers.append("content-disposition", HeaderValue::from_str(file).expect("a header"));
    let prelude = MetadataPrelude { headers, ..MetadataPrelude::default() };
    println!("{}", serde_json::to_value(prelude).expect("JSON")["headers"]);
}
RUST
cargo build --quiet --manifest-path "$folder/Cargo.toml"
program=$(cargo metadata --format-version 1 --no-deps --manifest-path "$folder/Cargo.toml" |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')/debug/finding
headers=$("$program")
printf 'lambda_runtime 1.5.0: %s\n' "$headers"
[ "$headers" = '{"content-disposition":[],"vary":["origin","accept-encoding"],"x-id":"7"}' ]
