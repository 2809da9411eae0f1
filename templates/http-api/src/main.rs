//! An HTTP API of orders.

#[cfg(test)]
mod tests;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use powertools_lambda::http_api::{ApiError, Checked};
use powertools_lambda::metrics::{self, Unit};
use powertools_lambda::{Powertools, logger, tracer};
use serde::{Deserialize, Serialize};
use tracing::{info, instrument};

#[derive(Deserialize)]
struct NewOrder {
    item: String,
    quantity: u32,
}

#[derive(Serialize)]
struct Order {
    id: String,
}

#[tokio::main]
async fn main() -> Result<(), lambda_runtime::Error> {
    Powertools::from_env().run_http(router()).await
}

fn router() -> Router {
    Router::new()
        .route("/orders", post(place))
        .route("/orders/{id}", get(find))
}

async fn place(
    Checked(Json(order)): Checked<Json<NewOrder>>,
) -> Result<(StatusCode, Json<Order>), ApiError> {
    if order.quantity == 0 {
        return Err(ApiError::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "an order has at least one item",
        ));
    }
    logger::append_key("item", &order.item); // on every further record of this request
    let id = save(&order).await?;
    metrics::add("OrdersPlaced", Unit::Count, 1);
    info!(quantity = order.quantity, "order placed");
    Ok((StatusCode::CREATED, Json(Order { id })))
}

async fn find(Path(id): Path<String>) -> Json<Order> {
    tracer::annotate("order_id", id.as_str()); // to find the trace by
    Json(Order { id })
}

/// Saves an order. A function of yours calls a database here.
#[instrument(skip_all, err)] // a subsegment of the trace; `err` marks it as failed and logs the error
async fn save(order: &NewOrder) -> Result<String, lambda_runtime::Error> {
    Ok(format!("{}-1", order.item))
}
