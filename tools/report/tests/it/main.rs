//! Tests of the page and the text that `report` creates from telemetry.

#![allow(clippy::unwrap_used)]

mod sample;

mod chromium;
mod model;
mod text;
mod workflow;
