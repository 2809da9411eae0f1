//! A function that uses all utilities as each event's plan says, and counts the live bytes of its heap.
//!
//! `SOAK_STORE` is the address of the store. If `SOAK_CLOCK` is true, the clock jumps as events say. If `SOAK_GRACEFUL` is
//! true, what waits is written on SIGTERM.
#![allow(clippy::disallowed_methods)] // its own clock

mod acts;
mod clock;
mod handler;
mod hooks;
mod parameters;
mod records;
mod store;
mod utilities;

use std::alloc::System;
use std::sync::Arc;
use std::time::Duration;

use cap::Cap;
use lambda_runtime::{Error, Runtime};
use powertools_lambda::Powertools;
use powertools_lambda::core::Environment;
use powertools_lambda::logger::LogBuffer;
use tower::{Layer, service_fn};
use tracing::level_filters::LevelFilter;

use crate::clock::JumpingClock;
use crate::handler::handler;
use crate::hooks::Hooks;
use crate::store::Client;
use crate::utilities::Utilities;

#[global_allocator]
static ALLOCATOR: Cap<System> = Cap::new(System, usize::MAX);

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Error> {
    let process = Environment::process();
    let variables = process.variables();
    let clock = JumpingClock::default();
    let environment = if variables.flag("SOAK_CLOCK").unwrap_or(false) {
        let (output, warnings) = (process.output().clone(), process.warnings().clone());
        Environment::new(variables.clone(), clock.clock(), output, warnings)
    } else {
        process.clone()
    };
    let buffer = LogBuffer::new().flush_before_deadline(Duration::from_millis(100));
    let powertools = Powertools::builder()
        .environment(&environment)
        // The HTTP client of the runtime has DEBUG records too, which nobody counts.
        .logger(|logger| logger.buffer(buffer).target_level("hyper_util", LevelFilter::INFO))
        .build();
    if variables.flag("SOAK_GRACEFUL").unwrap_or(false) {
        powertools.spawn_graceful_shutdown_handler().await;
    }
    powertools.init()?;
    let store = Client::new(variables.text("SOAK_STORE").unwrap_or_default());
    let utilities = Arc::new(Utilities::new(&environment, &store, clock, || ALLOCATOR.allocated()));
    let service = service_fn(move |event| handler(&utilities, event));
    let hooks = Arc::new(Hooks(environment));
    Runtime::new(powertools.handler_layer().layer(service))
        .layer(powertools.invocation_layer().with(&hooks))
        .run_concurrent()
        .await
}
