//! A function whose handler hangs after it has logged a buffered record and closed a span.
//!
//! It serves one invocation at a time, or several concurrently if `AWS_LAMBDA_MAX_CONCURRENCY` is set. If `BLOCKS` is
//! true, the handler blocks the runtime's only worker thread; otherwise it never wakes again. `DETAIL_BYTES` is the
//! length of the buffered record.

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent};
use powertools_lambda::Powertools;
use powertools_lambda::core::{Environment, Variables};
use powertools_lambda::logger::LogBuffer;
use powertools_lambda::metrics::{self, Unit};
use serde_json::Value;
use tower::service_fn;
use tracing::{debug, info_span};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    // The logger is first, so that its writing could delay the tracer's sending.
    let buffer = LogBuffer::new()
        .max_bytes(256 * 1_024)
        .flush_before_deadline(Duration::from_millis(600));
    let env = Environment::process().variables().clone();
    let powertools = Powertools::builder().logger(|logger| logger.buffer(buffer)).build();
    powertools.run(service_fn(move |event| hang(env.clone(), event))).await
}

async fn hang(env: Variables, _: LambdaEvent<Value>) -> Result<(), Error> {
    metrics::add("Hung", Unit::Count, 1);
    let length = env.parse("DETAIL_BYTES", "a number").unwrap_or(0);
    debug!(filler = "x".repeat(length), "a detail");
    info_span!("done").in_scope(|| ());
    #[allow(clippy::print_stdout)] // not buffered, for the test
    {
        println!("hanging");
    }
    if env.flag("BLOCKS").unwrap_or(false) {
        std::thread::sleep(Duration::from_mins(10));
    }
    std::future::pending().await
}
