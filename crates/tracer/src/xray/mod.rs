//! The built-in emitter: X-Ray's document format, and its daemon.

mod daemon;
mod document;
mod name;

pub use daemon::XRayDaemon;
