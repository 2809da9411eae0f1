//! [`function`]: makes a Lambda function of a handler of requests.

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};
use http::HeaderValue;
use lambda_runtime::{Error, LambdaEvent, Service, service_fn};
use powertools_lambda::metrics::{self, Unit};
use tracing::{error, warn};

use super::{Answer, Refusal, Request};

/// Returns the function that answers requests with `handler` and its state. Pages of `origin` may read the answers.
pub fn function<S, H, F>(
    origin: Option<HeaderValue>,
    state: S,
    handler: H,
) -> impl Service<
    LambdaEvent<ApiGatewayProxyRequest>,
    Response = ApiGatewayProxyResponse,
    Error = Error,
    Future: Send + 'static,
> + Clone
+ Send
+ 'static
where
    S: Send + Sync + 'static,
    H: Fn(Arc<S>, Request) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Answer, Error>> + Send + 'static,
{
    let state = Arc::new(state);
    service_fn(move |event: LambdaEvent<ApiGatewayProxyRequest>| {
        let answer = handler(Arc::clone(&state), Request::new(event.payload));
        let origin = origin.clone();
        async move { respond(answer.await, origin.as_ref()) }
    })
}

/// Converts a refusal to an answer; any other error stays the function's error.
fn respond(answer: Result<Answer, Error>, origin: Option<&HeaderValue>) -> Result<ApiGatewayProxyResponse, Error> {
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => {
            let refusal = error.downcast::<Refusal>()?;
            report(&refusal);
            Answer::from(&*refusal)
        }
    };
    Ok(answer.into_response(origin))
}

fn report(refusal: &Refusal) {
    let status = refusal.status();
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

    use powertools_lambda::test_util::{TestFunction, events};
    use reqwest::StatusCode;

    use super::*;
    use crate::product::ProductServiceError;

    /// Invokes a function that ends with `error`.
    async fn fail_with(
        test: &TestFunction,
        error: impl Fn() -> Error + Clone + Send + 'static,
    ) -> Result<ApiGatewayProxyResponse, lambda_runtime::Diagnostic> {
        let handler = move |_, _| std::future::ready(Err(error()));
        let event = events::api_gateway_rest("POST", "/cart/checkout");
        test.invoke(function(None, (), handler), event).await
    }

    #[tokio::test]
    async fn a_refusal_is_an_answer_and_a_warning() {
        let test = TestFunction::new();
        let response = fail_with(&test, || Refusal::EmptyCart.into()).await.unwrap();
        assert_eq!(response.status_code, 409);

        let record = test.record("request refused");
        assert_eq!(
            (record.level(), &record["reason"]),
            ("WARN", &"the cart is empty".into())
        );
        assert_eq!(record["status"], 409);
        assert!(!test.span("handler").is_fault());
    }

    #[tokio::test]
    async fn a_failure_of_the_product_service_is_logged_with_its_cause_and_counted() {
        let test = TestFunction::new();
        let failure = || ProductServiceError::Status(StatusCode::INTERNAL_SERVER_ERROR);
        let response = fail_with(&test, move || Refusal::ProductService(failure()).into()).await;
        assert_eq!(response.unwrap().status_code, 502);

        let record = test.record("product service failed");
        assert_eq!((record.level(), &record["status"]), ("ERROR", &502.into()));
        assert_eq!(record.exception(), Some(&*failure().to_string()));
        assert_eq!(test.metrics().sum("ProductServiceFailed"), 1.0);
    }

    #[tokio::test]
    async fn any_other_error_is_the_functions() {
        let test = TestFunction::new();
        let error = fail_with(&test, || "the table is gone".into()).await.unwrap_err();
        assert_eq!(error.error_message, "the table is gone");
        assert_eq!(test.record("handler failed").exception(), Some("the table is gone"));
        assert!(test.span("handler").is_fault());
    }
}
