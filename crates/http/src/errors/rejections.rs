//! `status_of`, which recognises the rejections of axum's extractors.

use std::error::Error;

use axum::extract::rejection::{
    BytesRejection, ExtensionRejection, FormRejection, JsonRejection, MatchedPathRejection, PathRejection,
    QueryRejection, RawFormRejection, RawPathParamsRejection, StringRejection,
};
use http::StatusCode;

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
