//! Requests and answers of the functions behind an API.

mod app;
mod body;
mod failure;
mod refusal;
mod request_key;

pub use app::app;
pub use body::Body;
pub use failure::Failure;
pub use refusal::Refusal;
pub use request_key::RequestKey;
