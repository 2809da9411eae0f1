//! An order function behind API Gateway that logs, counts and traces.

mod order;
#[cfg(feature = "opentelemetry")]
mod otlp;
mod payment;
mod shop;
#[cfg(test)]
mod tests;

use aws_lambda_events::apigw::{ApiGatewayProxyRequest, ApiGatewayProxyResponse};
use aws_lambda_events::encodings::Body;
use lambda_runtime::{Error, LambdaEvent, service_fn};
#[cfg(not(feature = "opentelemetry"))]
use powertools_lambda::Powertools;
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::{logger, tracer};
use serde_json::{Value, json};
use tracing::{info, warn};

use crate::order::Order;
use crate::shop::Shop;

const RECEIVED: MetricName = MetricName::new("OrdersReceived");
const PLACED: MetricName = MetricName::new("OrdersPlaced");
const REFUSED: MetricName = MetricName::new("OrdersRefused");

#[tokio::main]
async fn main() -> Result<(), Error> {
    #[cfg(not(feature = "opentelemetry"))]
    let powertools = powertools_lambda::Powertools::from_env();
    #[cfg(feature = "opentelemetry")]
    let powertools = otlp::powertools()?;
    let shop = Shop::from_env(powertools.tracer()).await?;
    powertools
        .run(service_fn(move |event| handler(shop.clone(), event)))
        .await
}

async fn handler(shop: Shop, event: LambdaEvent<ApiGatewayProxyRequest>) -> Result<ApiGatewayProxyResponse, Error> {
    metrics::add(RECEIVED, Unit::Count, 1);
    let body = event.payload.body.unwrap_or_default();
    let order: Order = match body.parse() {
        Ok(order) => order,
        Err(refusal) => {
            warn!(reason = %refusal, "order refused");
            metrics::add(REFUSED, Unit::Count, 1);
            return Ok(respond(400, &json!({"error": refusal.to_string()})));
        }
    };
    logger::append_key("order_id", &order.id);
    tracer::annotate("item", &order.item);
    info!(order = ?logger::json(&order), "collecting payment");

    // Each call over HTTP or with the AWS SDK is in the trace. An error is in the logs and in the trace, with its causes.
    let receipt = shop.payments.charge(&order).await?;
    shop.save(&order, &receipt).await?;

    metrics::add(PLACED, Unit::Count, 1);
    info!(receipt, "order placed");
    Ok(respond(201, &json!({"order": order.id, "receipt": receipt})))
}

fn respond(status: i64, body: &Value) -> ApiGatewayProxyResponse {
    let mut response = ApiGatewayProxyResponse::default();
    response.status_code = status;
    response.body = Some(Body::Text(body.to_string()));
    response
}
