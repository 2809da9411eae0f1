//! Errors as answers.

mod api_error;
#[cfg(feature = "axum")]
mod checked;
mod conversions;
mod form;
#[cfg(feature = "axum")]
mod rejections;

pub use self::api_error::ApiError;
#[cfg(feature = "axum")]
pub use self::checked::Checked;
pub use self::form::ErrorForm;
