//! [`Failure`]: the error of a handler as an answer.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use lambda_runtime::Error;
use powertools_lambda::http_api::ApiError;
use powertools_lambda::idempotency::IdempotencyError;
use powertools_lambda::metrics::{self, Unit};
use tracing::{error, warn};

use super::Refusal;

/// The error of a handler: a [`Refusal`] is an answer for the shopper; any other error is logged, and the shopper gets 500.
#[derive(Debug)]
pub struct Failure(Error);

impl<E: Into<Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        let error = error.into();
        let in_progress = error.downcast_ref().is_some_and(IdempotencyError::is_in_progress);
        Self(if in_progress { Refusal::InProgress.into() } else { error })
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let refusal = match self.0.downcast::<Refusal>() {
            Ok(refusal) => refusal,
            Err(error) => return ApiError::from(error).into_response(),
        };
        report(&refusal);
        let mut error = ApiError::new(refusal.status(), refusal.to_string());
        if let Some(challenge) = refusal.challenge() {
            error = error.header(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = refusal.retry_after() {
            error = error.header(header::RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        error.into_response()
    }
}

fn report(refusal: &Refusal) {
    let status = refusal.status().as_u16();
    if let Refusal::ProductService(failure) = refusal {
        metrics::add("ProductServiceFailed", Unit::Count, 1);
        error!(
            error = failure as &dyn std::error::Error,
            status, "product service failed"
        );
    } else {
        warn!(reason = %refusal, status, "request refused");
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // counts are whole numbers

    use axum::Router;
    use axum::routing::post;
    use bytes::Bytes;
    use powertools_lambda::test_util::{TestFunction, events};
    use reqwest::StatusCode;

    use super::*;
    use crate::product::ProductServiceError;

    /// Requests a function that ends with `error`.
    async fn fail_with(test: &TestFunction, error: fn() -> Error) -> http::Response<Bytes> {
        let router = Router::new().route("/cart", post(async move || Err::<(), _>(Failure(error()))));
        let event = events::api_gateway_rest("POST", "/cart");
        test.request(router, event).await.unwrap()
    }

    #[tokio::test]
    async fn a_refusal_is_an_answer_and_a_warning() {
        let test = TestFunction::new();
        assert_eq!(fail_with(&test, || Refusal::EmptyCart.into()).await.status(), 409);

        let record = test.record("request refused");
        assert_eq!(
            (record.level(), &record["reason"]),
            ("WARN", &"the cart is empty".into())
        );
        assert_eq!(record["status"], 409);
        assert!(!test.span("handler").is_fault());
    }

    #[tokio::test]
    async fn a_request_without_a_token_is_challenged() {
        let response = fail_with(&TestFunction::new(), || Refusal::NotSignedIn.into()).await;
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()["www-authenticate"], "Bearer");
        assert!(String::from_utf8_lossy(response.body()).contains("sign in"));
    }

    #[tokio::test]
    async fn a_failure_of_the_product_service_is_logged_with_its_cause_and_counted() {
        let test = TestFunction::new();
        let failure = || ProductServiceError::Status(StatusCode::INTERNAL_SERVER_ERROR);
        let response = fail_with(&test, || {
            Refusal::ProductService(ProductServiceError::Status(StatusCode::INTERNAL_SERVER_ERROR)).into()
        });
        assert_eq!(response.await.status(), 502);

        let record = test.record("product service failed");
        assert_eq!((record.level(), &record["status"]), ("ERROR", &502.into()));
        assert_eq!(record.exception(), Some(&*failure().to_string()));
        assert_eq!(test.metrics().sum("ProductServiceFailed"), 1.0);
    }

    #[tokio::test]
    async fn any_other_error_is_logged_and_not_shown() {
        let test = TestFunction::new();
        let response = fail_with(&test, || "the table is gone".into()).await;
        assert_eq!(response.status(), 500);
        assert!(!String::from_utf8_lossy(response.body()).contains("table"));
        assert_eq!(test.record("request failed").exception(), Some("the table is gone"));
        assert!(test.span("handler").is_fault());
    }
}
