//! [`Checked`], an extractor whose rejection is an [`ApiError`].

use std::fmt::Display;

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::response::IntoResponse;
use http::request::Parts;

use super::ApiError;

/// An extractor of axum whose rejection is answered as an [`ApiError`], without the inner text.
///
/// The status is that of the extractor. The text, which names fields and may show what the client sent, is logged at level
/// DEBUG.
///
/// ```
/// use axum::Json;
/// use axum::extract::Path;
/// use powertools_lambda_http::Checked;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Order {
///     quantity: u32,
/// }
///
/// async fn place(Checked(Path(shop)): Checked<Path<String>>, Checked(Json(order)): Checked<Json<Order>>) -> String {
///     format!("{} from {shop}", order.quantity)
/// }
/// # let router: axum::Router = axum::Router::new().route("/{shop}", axum::routing::post(place));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Checked<E>(pub E);

impl<S, E> FromRequestParts<S> for Checked<E>
where
    S: Send + Sync,
    E: FromRequestParts<S, Rejection: IntoResponse + Display>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        E::from_request_parts(parts, state).await.map(Self).map_err(error)
    }
}

impl<S, E> FromRequest<S> for Checked<E>
where
    S: Send + Sync,
    E: FromRequest<S, Rejection: IntoResponse + Display>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        E::from_request(request, state).await.map(Self).map_err(error)
    }
}

fn error(rejection: impl IntoResponse + Display) -> ApiError {
    let text = rejection.to_string();
    ApiError::rejection(rejection.into_response().status(), &text)
}
