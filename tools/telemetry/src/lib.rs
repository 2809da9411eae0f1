//! What functions wrote, read once for all that looks at a run: `report`, `insights` and `xtask`.
//!
//! A run is a folder with `logs/<function>.log`, the lines of each function's log group, and `xray.jsonl`, one X-Ray document a
//! line. [`Telemetry`] is what it says: each [`Line`] classified, and each segment and subsegment as a [`Segment`], whether it
//! was sent as a document of its own or nested in its parent's. [`Forest`] puts the segments together to trees, and [`metrics`]
//! returns the values of an EMF document. [`Capture`] is the same run as it was received, for which [`Datagrams`] listens in
//! place of the X-Ray daemon.
//!
//! Nothing is lost silently: [`Telemetry::unread`] keeps each document that cannot be read.

mod capture;
mod datagrams;
mod emf;
mod forest;
mod level;
mod line;
mod object;
mod platform;
mod segment;
mod telemetry;

pub use capture::Capture;
pub use datagrams::{DATAGRAM_HEADER, Datagrams};
pub use emf::{Identity, Metric, metrics, timestamp};
pub use forest::{Forest, Node, Trace};
pub use level::Level;
pub use line::{Line, LineKind};
pub use object::Object;
pub use platform::{Event, Platform};
pub use segment::Segment;
pub use telemetry::Telemetry;
