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

/// Declines the card 0000, after a delay like a bank's.
async fn authorise(event: LambdaEvent<ApiGatewayProxyRequest>) -> Result<ApiGatewayProxyResponse, Error> {
    let charge: Charge = serde_json::from_str(&event.payload.body.unwrap_or_default())?;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = if charge.card == "0000" { 402 } else { 200 };
    Ok(response)
}
