//! `POST /cart/checkout`: orders the contents of a signed-in shopper's cart.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use http::HeaderMap;
use lambda_runtime::Error;
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::parameters::ssm::Ssm;
use powertools_lambda::tracer;
use shopping_cart::Setup;
use shopping_cart::access::Access;
use shopping_cart::api::{Failure, RequestKey};
use shopping_cart::cart::{Carts, Order};
use shopping_cart::table::DynamoDbTable;
use tracing::info;

const CART_CHECKED_OUT: MetricName = MetricName::new("CartCheckedOut");

struct Checkout {
    access: Access<Ssm>,
    carts: Carts<DynamoDbTable>,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let function = Checkout {
        access: setup.access().await?,
        carts: setup.carts()?,
    };
    let router = Router::new().route("/cart/checkout", post(checkout));
    setup.serve(router.with_state(Arc::new(function))).await
}

async fn checkout(State(function): State<Arc<Checkout>>, headers: HeaderMap) -> Result<Json<Order>, Failure> {
    let user = function.access.user(&headers).await?;
    let key = RequestKey::of(&headers)?;

    let order = function.carts.check_out(&user, key.as_ref()).await?;

    metrics::add(CART_CHECKED_OUT, Unit::Count, 1);
    tracer::annotate("order_id", &order.order_id);
    info!(order.order_id, total = order.listing.total, "cart checked out");
    Ok(Json(order))
}
