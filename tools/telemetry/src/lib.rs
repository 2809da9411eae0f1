//! Reads the telemetry of functions: log lines, metrics, X-Ray documents and OpenTelemetry's spans. `report`, `insights` and `xtask` use it.
//!
//! A run is a folder with `logs/<function>.log`, the lines of each function's log group, and `xray.jsonl`, one X-Ray
//! document per line, or `otlp.jsonl`, one message of OTLP's file format per line. [`Telemetry`] reads it: every [`Line`] is classified, and every segment and subsegment becomes a
//! [`Segment`], whether it was sent alone or nested in its parent's document. [`Forest`] builds the trees of segments,
//! and [`emf`] extracts the values of metrics. [`Capture`] is a run as it was received, and [`Datagrams`] receives its
//! traces.
//!
//! Nothing is lost silently: [`Telemetry::unread`] has each document that cannot be read.

mod capture;
mod datagrams;
pub mod emf;
mod forest;
mod level;
mod line;
mod object;
mod otlp;
mod platform;
mod segment;
mod telemetry;

pub use capture::Capture;
pub use datagrams::{DATAGRAM_HEADER, Datagrams};
pub use forest::{Forest, Node, Trace};
pub use level::Level;
pub use line::{Line, LineKind};
pub use object::Object;
pub use platform::{Event, Platform};
pub use segment::Segment;
pub use telemetry::Telemetry;
