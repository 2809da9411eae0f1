//! A queue's worker with state: each message is charged in a currency from SSM Parameter Store.
//!
//! Features `batch-sqs` and `parameters-ssm`; the guide of `parameters` has the line for `aws-config`. So that a test can pass
//! a map, a function takes `&Parameters<impl Provider>` and reads `.get(..).text()`, as `examples/parameters` does.

use std::time::Duration;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::batch::sqs::{SqsBatchResponse, SqsEvent};
use powertools_lambda::batch::{self, Json};
use powertools_lambda::metrics::{self, Unit};
use powertools_lambda::parameters::Parameters;
use powertools_lambda::parameters::ssm::SsmParameters;
use powertools_lambda::{Powertools, tracer};
use serde::Deserialize;
use tracing::{info, instrument};

#[derive(Deserialize)]
struct Order {
    id: String,
    amount: f64,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let sdk = aws_config::load_defaults(aws_config::BehaviorVersion::latest()).await;
    let ssm = Parameters::ssm(&sdk); // a clone shares the client and the cache
    Powertools::from_env()
        .run(service_fn(move |event| handler(ssm.clone(), event)))
        .await
}

async fn handler(ssm: SsmParameters, event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
    // If this fails, no message was processed, and all of them are delivered again.
    let currency = ssm.get("/shop/currency").max_age(Duration::from_mins(1)).await?;
    metrics::add_dimension("currency", &currency);
    Ok(batch::process(event, |order| charge(&currency, order)).await?)
}

/// Handles one message. A body that is not an `Order` fails alone, before this is called.
#[instrument(skip_all, fields(order_id = order.id))] // on the log records of this message, and a subsegment of the trace
async fn charge(currency: &str, Json(order): Json<Order>) -> Result<(), Error> {
    tracer::annotate("currency", currency);
    info!(order.amount, currency, "charged");
    metrics::add("OrdersCharged", Unit::Count, 1);
    Ok(())
}
