//! Conversions into an [`ApiError`], and from it into a response.

#[cfg(feature = "axum")]
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::api_error::{ApiError, Source};
#[cfg(feature = "axum")]
use super::rejections::status_of;

impl<E: Into<Source> + 'static> From<E> for ApiError {
    fn from(error: E) -> Self {
        let source = error.into();
        #[cfg(feature = "axum")]
        if let Some(status) = status_of(&*source) {
            return Self::rejection(status, &*source);
        }
        Self::from_status(StatusCode::INTERNAL_SERVER_ERROR).source(source)
    }
}

#[cfg(feature = "axum")]
impl ApiError {
    /// Creates the error of a rejection, and logs its text at level DEBUG: it may show what the client sent.
    pub(super) fn rejection(status: StatusCode, rejection: &dyn std::fmt::Display) -> Self {
        tracing::debug!(status = status.as_u16(), reason = %rejection, "request rejected");
        let message = match status {
            StatusCode::BAD_REQUEST => "the request is not valid",
            StatusCode::PAYLOAD_TOO_LARGE => "the body of the request is too large",
            StatusCode::UNSUPPORTED_MEDIA_TYPE => "the content type of the request is not supported",
            StatusCode::UNPROCESSABLE_ENTITY => "the request does not have the expected content",
            _ => return Self::from_status(status),
        };
        Self::new(status, message)
    }
}

#[cfg(feature = "axum")]
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.into_http_response()
    }
}
