//! `POST /cart/migrate`: moves the contents of the cookie's cart to the cart of the signed-in shopper.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::post;
use axum::{Json, Router};
use http::HeaderMap;
use http::header::SET_COOKIE;
use lambda_runtime::Error;
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::parameters::ssm::Ssm;
use powertools_lambda::tracer;
use shopping_cart::Setup;
use shopping_cart::access::{Access, CartId};
use shopping_cart::api::Failure;
use shopping_cart::cart::Carts;
use shopping_cart::removal::RemovalQueue;
use shopping_cart::table::DynamoDbTable;
use tracing::info;

const CART_MIGRATED: MetricName = MetricName::new("CartMigrated");

struct MigrateCart {
    access: Access<Ssm>,
    carts: Carts<DynamoDbTable>,
    removals: RemovalQueue,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let function = MigrateCart {
        access: setup.access().await?,
        carts: setup.carts()?,
        removals: setup.removals()?,
    };
    let router = Router::new().route("/cart/migrate", post(migrate_cart));
    setup.serve(router.with_state(Arc::new(function))).await
}

/// Answers with the resulting cart. A repeated request changes nothing and gets the same answer.
async fn migrate_cart(
    State(function): State<Arc<MigrateCart>>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Failure> {
    let user = function.access.user(&headers).await?;
    if let Some(anonymous) = CartId::of(&headers) {
        let migration = function.carts.migrate(anonymous, &user).await?;
        function.removals.send(anonymous, &migration.emptied).await?;
        if migration.moved > 0 {
            metrics::add(CART_MIGRATED, Unit::Count, 1);
        }
        tracer::annotate("products_moved", migration.moved);
        info!(from = %anonymous, products = migration.moved, "cart migrated");
    }
    let listing = function.carts.list(&user).await?;
    let cookie = CartId::no_cookie().map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(cookie), Json(listing)))
}
