//! Writes the telemetry of a fictitious shop: `cargo run -p report --example sample -- FOLDER REQUESTS`.

#[path = "../tests/it/sample/mod.rs"]
mod sample;

fn main() {
    let arguments: Vec<_> = std::env::args().collect();
    let folder = arguments.get(1).map_or("target/sample", String::as_str);
    let requests = arguments.get(2).and_then(|number| number.parse().ok()).unwrap_or(400);
    sample::shop(requests, 7).save(folder.as_ref());
}
