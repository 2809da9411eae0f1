//! Prints a document with the outputs of its examples for a run: `FOLDER` is a folder that `cargo xtask demo` saved.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command prints")]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use insights::Document;
use powertools_telemetry::Telemetry;

fn main() -> Result<ExitCode, Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [document, folder] = arguments.as_slice() else {
        return Err("usage: cargo run -p insights --example operations -- DOCUMENT FOLDER".into());
    };
    let telemetry = Telemetry::read(Path::new(folder))?;
    let document = Document::new(std::fs::read_to_string(document)?);
    match document.with_outputs(&telemetry) {
        Ok(text) => {
            print!("{text}");
            Ok(ExitCode::SUCCESS)
        }
        Err(problems) => {
            for problem in problems {
                eprintln!("{problem}");
            }
            Ok(ExitCode::FAILURE)
        }
    }
}
