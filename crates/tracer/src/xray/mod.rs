//! [`XRayDaemon`], the built-in emitter, and X-Ray's document format.

mod daemon;
mod document;
mod name;
mod packer;
mod tree;

pub use daemon::XRayDaemon;
