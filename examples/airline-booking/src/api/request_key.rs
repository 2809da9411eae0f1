//! [`RequestKey`]: the header `Idempotency-Key`.

use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use powertools_lambda::http_api::ApiError;

/// The header `Idempotency-Key`, which a booking requires: with it, a traveller can repeat a request whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestKey(pub String);

/// The longest key, in bytes.
const LONGEST: usize = 128;

impl<S: Sync> FromRequestParts<S> for RequestKey {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let key = parts.headers.get("idempotency-key").and_then(|key| key.to_str().ok());
        match key {
            Some(key) if (1..=LONGEST).contains(&key.len()) => Ok(Self(key.to_owned())),
            _ => Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                "the header Idempotency-Key must have 1 to 128 characters",
            )
            .code("idempotency_key")),
        }
    }
}
