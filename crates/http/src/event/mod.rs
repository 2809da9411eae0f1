//! [`HttpEvent`], a request in the form of its event source.

mod context;
mod decode;
mod fields;
mod headers;
mod http_event;
mod pairs;
mod percent;
mod request;
mod source;
mod target;

pub use self::http_event::HttpEvent;
pub use self::source::EventSource;
pub(crate) use self::source::Format;
