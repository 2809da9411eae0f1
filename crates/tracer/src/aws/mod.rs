//! [`AwsInterceptor`] and its parts: calls of AWS SDK clients.

mod error;
mod interceptor;
mod resource;

pub use interceptor::AwsInterceptor;
