//! [`Body`]: the JSON of a request's body.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use super::{Failure, Refusal};

/// The JSON of a request's body, with any content type; a body that is not the expected JSON is refused with the reason.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let body = Bytes::from_request(request, state).await?;
        let refuse = |error| Refusal::BadRequest(format!("the body is not valid: {error}"));
        Ok(Self(serde_json::from_slice(&body).map_err(refuse)?))
    }
}
