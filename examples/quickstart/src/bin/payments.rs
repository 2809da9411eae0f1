//! A minimal payment provider for the example: a function behind a separate API.

use std::time::Duration;

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::Deserialize;

#[derive(Deserialize)]
struct Charge {
    card: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    lambda_runtime::run(service_fn(authorise)).await
}

/// Declines the card 0000, and takes as long as a bank might.
async fn authorise(event: LambdaEvent<ApiGatewayProxyRequest>) -> Result<ApiGatewayProxyResponse, Error> {
    let charge = serde_json::from_str::<Charge>(&event.payload.body.unwrap_or_default());
    tokio::time::sleep(Duration::from_millis(5)).await;
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = match charge {
        Ok(charge) if charge.card == "0000" => 402,
        Ok(_) => 200,
        // Without serde's error, which may show the card.
        Err(_) => 400,
    };
    Ok(response)
}

#[cfg(test)]
mod tests {
    use powertools_lambda::test_util::{TestFunction, events};
    use serde_json::json;

    use super::*;

    #[tokio::test]
    async fn only_the_card_0000_is_declined() {
        let test = TestFunction::new();
        for (card, status) in [(json!("4242"), 200), (json!("0000"), 402), (json!(4242), 400)] {
            let event = events::api_gateway_rest("POST", "/charges").json_body(&json!({ "card": card }));
            let response: ApiGatewayProxyResponse = test.invoke(service_fn(authorise), event).await.unwrap();
            assert_eq!(response.status_code, status);
        }
    }
}
