//! Requests and answers of the functions behind an API.

mod answer;
mod refusal;
mod request;
mod request_key;
mod serve;

pub use answer::Answer;
pub use refusal::Refusal;
pub use request::Request;
pub use request_key::RequestKey;
pub use serve::function;
