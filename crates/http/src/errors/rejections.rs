//! Rejections of axum's extractors as [`ApiError`]s.

use std::error::Error;

use axum::extract::rejection::{
    BytesRejection, ExtensionRejection, FormRejection, JsonRejection, MatchedPathRejection, PathRejection,
    QueryRejection, RawFormRejection, RawPathParamsRejection, StringRejection,
};
use axum::response::{IntoResponse, Response};
use http::StatusCode;

use super::ApiError;

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

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        Self::into_response(self)
    }
}

/// Returns the status of an error that is a rejection of one of axum's extractors.
pub(super) fn status_of(error: &(dyn Error + Send + Sync + 'static)) -> Option<StatusCode> {
    macro_rules! statuses {
        ($($rejection:ty),+) => {
            $(if let Some(rejection) = error.downcast_ref::<$rejection>() {
                return Some(rejection.status());
            })+
        };
    }
    statuses!(
        JsonRejection,
        PathRejection,
        QueryRejection,
        FormRejection,
        BytesRejection,
        StringRejection,
        RawFormRejection,
        ExtensionRejection,
        MatchedPathRejection,
        RawPathParamsRejection
    );
    None
}
