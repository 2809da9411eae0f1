//! A handler that charges each order once: a second request with the same id gets the receipt of the first one.
//!
//! Feature `idempotency-dynamodb`; the guide of `idempotency` has the lines of the manifest and the template of the table.

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::timeout::TimeoutConfig;
use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::Powertools;
use powertools_lambda::idempotency::Idempotency;
use powertools_lambda::idempotency::dynamodb::DynamoDbStore;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Order {
    tenant: String,
    id: String,
    amount: u32,
}

#[derive(Debug, Deserialize, Serialize)]
struct Receipt {
    id: u32,
    is_replay: bool,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let timeouts = TimeoutConfig::builder()
        .operation_attempt_timeout(Duration::from_secs(1))
        .build();
    let sdk = aws_config::defaults(BehaviorVersion::latest())
        .timeout_config(timeouts)
        .load()
        .await;
    // Once, in the init phase; a clone shares the client and the local cache.
    let idempotency = Idempotency::new(DynamoDbStore::from_config(&sdk, "idempotency"), "charge");
    Powertools::from_env()
        .run(service_fn(move |event| handler(idempotency.clone(), event)))
        .await
}

async fn handler(idempotency: Idempotency, event: LambdaEvent<Order>) -> Result<Receipt, Error> {
    charge(&idempotency, &event.payload).await
}

async fn charge(idempotency: &Idempotency, order: &Order) -> Result<Receipt, Error> {
    idempotency.run(&order.id, || pay(order)).await
}

/// A real function calls its payment service here.
#[tracing::instrument(skip_all)]
async fn pay(order: &Order) -> Result<Receipt, Error> {
    tracing::info!(order.tenant, order.amount, "paying");
    Ok(Receipt {
        id: 1,
        is_replay: false,
    })
}
