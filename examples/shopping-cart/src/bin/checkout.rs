//! `POST /cart/checkout`: orders the contents of a signed-in shopper's cart.

use std::sync::Arc;

use lambda_runtime::Error;
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::parameters::ssm::Ssm;
use powertools_lambda::tracer;
use shopping_cart::Setup;
use shopping_cart::access::Access;
use shopping_cart::api::{Answer, Request, RequestKey};
use shopping_cart::cart::Carts;
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
    setup.serve(function, checkout).await
}

async fn checkout(function: Arc<Checkout>, request: Request) -> Result<Answer, Error> {
    let user = function.access.user(&request).await?;
    let key = RequestKey::of(&request)?;

    let order = function.carts.check_out(&user, key.as_ref()).await?;

    metrics::add(CART_CHECKED_OUT, Unit::Count, 1);
    tracer::annotate("order_id", &order.order_id);
    info!(order.order_id, total = order.listing.total, "cart checked out");
    Ok(Answer::ok(&order)?)
}
