//! Runs functions as processes and checks their output.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

mod after_the_response;
mod axum_example;
mod ends;
mod errors_once;
mod isolation;
mod layers;
mod never_fails;
mod own_utility;
mod parameters;
mod shutdown;
mod timeouts;
