//! What the tracer sends. Tests that change state of the whole process are separate binaries.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod common;

mod annotations;
#[cfg(feature = "aws-sdk")]
mod aws_sdk;
mod errors;
mod facts;
mod golden;
#[cfg(all(feature = "aws-sdk", feature = "reqwest"))]
mod graph;
#[cfg(all(feature = "aws-sdk", feature = "http"))]
mod guide;
#[cfg(feature = "reqwest")]
mod http;
mod isolation;
mod joint_layer;
mod lifecycle;
mod limits;
mod readme;
mod sending;
mod spans;
