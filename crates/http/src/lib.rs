#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod errors;
mod event;
mod handler;
#[cfg(feature = "local")]
pub mod local;
mod options;
mod response;
mod telemetry;

#[cfg(feature = "axum")]
pub use errors::Checked;
pub use errors::{ApiError, ErrorFormat};
pub use event::{EventSource, HttpEvent};
pub use handler::HttpHandler;
#[doc(no_inline)]
pub use lambda_http::{Body, Request, RequestExt};
pub use options::HttpOptions;
pub use response::{BufferedResponse, HttpResponse, ResponseStream};
#[cfg(feature = "axum")]
pub use telemetry::{RouteLayer, RouteService};

// Not for doctests: tests run the blocks.
#[cfg(not(doctest))]
#[doc = include_str!("../docs/guide.md")]
pub mod _guide {}
