#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod answer;
#[cfg(feature = "desk")]
pub mod desk;
mod errors;
mod event;
mod handler;
mod options;
mod telemetry;

pub use answer::{AnswerStream, BufferedAnswer, HttpAnswer};
#[cfg(feature = "axum")]
pub use errors::Checked;
pub use errors::{ApiError, ErrorForm};
pub use event::{EventSource, HttpEvent};
pub use handler::HttpHandler;
#[doc(no_inline)]
pub use lambda_http::{Body, Request, RequestExt};
pub use options::HttpOptions;
#[cfg(feature = "axum")]
pub use telemetry::{RouteLayer, RouteService};

// Not for doctests: tests run the blocks.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/guide.md")]
pub mod _guide {}
