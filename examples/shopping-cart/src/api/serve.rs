//! [`serve`]: runs a handler of requests as a Lambda function.

use std::sync::Arc;

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};
use http::HeaderValue;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::Powertools;
use powertools_lambda::metrics::{self, Unit};
use tracing::{error, warn};

use super::{Answer, Refusal, Request};

/// Runs `handler` with `state`; pages of `origin` may read its answers.
pub(crate) async fn serve<S, H, F>(
    powertools: Powertools,
    origin: Option<HeaderValue>,
    state: S,
    handler: H,
) -> Result<(), Error>
where
    S: Send + Sync + 'static,
    H: Fn(Arc<S>, Request) -> F + Clone + Send + 'static,
    F: Future<Output = Result<Answer, Error>> + Send + 'static,
{
    let state = Arc::new(state);
    let function = move |event: LambdaEvent<ApiGatewayProxyRequest>| {
        let answer = handler(Arc::clone(&state), Request::new(event.payload));
        let origin = origin.clone();
        async move { respond(answer.await, origin.as_ref()) }
    };
    powertools.run(service_fn(function)).await
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
    use super::*;

    #[test]
    fn a_refusal_is_an_answer_and_anything_else_the_functions_error() {
        let refused = respond(Err(Refusal::EmptyCart.into()), None).unwrap();
        assert_eq!(refused.status_code, 409);
        let failed = respond(Err("the table is gone".into()), None).unwrap_err();
        assert_eq!(failed.to_string(), "the table is gone");
    }
}
