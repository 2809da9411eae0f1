//! A function that takes an order and returns a receipt.

#[cfg(test)]
mod tests;

use lambda_runtime::{Error, LambdaEvent, service_fn};
use powertools_lambda::metrics::{self, Unit};
use powertools_lambda::{Powertools, logger, tracer};
use serde::{Deserialize, Serialize};
use tracing::{info, instrument};

#[derive(Deserialize)]
struct Order {
    id: String,
    tenant: String,
}

#[derive(Serialize)]
struct Receipt {
    order: String,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    Powertools::from_env().run(service_fn(handler)).await
}

async fn handler(event: LambdaEvent<Order>) -> Result<Receipt, Error> {
    let order = event.payload;
    logger::append_key("order_id", &order.id); // on every further record of this invocation
    info!("collecting payment");
    charge(&order).await?;
    metrics::add("OrdersPlaced", Unit::Count, 1);
    Ok(Receipt { order: order.id })
}

/// Collects the payment. A function of yours calls a payment provider here.
#[instrument(skip_all, err)] // a subsegment of the trace; `err` marks it as failed and logs the error
async fn charge(order: &Order) -> Result<(), Error> {
    tracer::annotate("tenant", order.tenant.as_str()); // to find the trace by
    if order.tenant.is_empty() {
        return Err("the order has no tenant".into());
    }
    Ok(())
}
