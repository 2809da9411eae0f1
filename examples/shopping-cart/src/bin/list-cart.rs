//! `GET /cart`: lists the contents of the cart.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::get;
use axum::{Json, Router};
use http::HeaderMap;
use http::header::SET_COOKIE;
use lambda_runtime::Error;
use powertools_lambda::parameters::Provider;
use shopping_cart::Setup;
use shopping_cart::access::Access;
use shopping_cart::api::Failure;
use shopping_cart::cart::Carts;
use shopping_cart::table::Table;
use tracing::info;

struct ListCart<P: Provider, T> {
    access: Access<P>,
    carts: Carts<T>,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let function = ListCart {
        access: setup.access().await?,
        carts: setup.carts()?,
    };
    setup.serve(router(function)).await
}

fn router<P: Provider, T: Table + 'static>(function: ListCart<P, T>) -> Router {
    Router::new()
        .route("/cart", get(list_cart::<P, T>))
        .with_state(Arc::new(function))
}

async fn list_cart<P: Provider, T: Table>(
    State(function): State<Arc<ListCart<P, T>>>,
    headers: HeaderMap,
) -> Result<impl IntoResponse, Failure> {
    let owner = function.access.owner(&headers).await?;
    let listing = function.carts.list(&owner).await?;
    info!(products = listing.items.len(), "cart listed");
    let cookie = owner.cookie().map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(cookie), Json(listing)))
}

#[cfg(test)]
mod tests {
    use powertools_lambda::test_util::{TestFunction, events};
    use serde_json::{Value, json};
    use shopping_cart::access::{CartId, Owner};
    use shopping_cart::product::catalogue;
    use shopping_cart::test_util::{MemoryTable, access_without_keys};

    use super::*;

    /// Returns the function's state, with two jars of honey in a cart.
    async fn two_of_honey(test: &TestFunction, cart: CartId) -> ListCart<impl Provider, impl Table> {
        let environment = test.environment();
        let carts = Carts::new(MemoryTable::default(), environment.environment().clock().clone());
        let honey = catalogue::find(&"honey".parse().unwrap()).unwrap().unwrap();
        carts.add(&Owner::Anonymous(cart), &honey, 2, None).await.unwrap();
        ListCart {
            access: access_without_keys(environment),
            carts,
        }
    }

    #[tokio::test]
    async fn the_cart_of_the_cookie_is_listed() {
        let (test, cart) = (TestFunction::new(), CartId::random());
        let state = two_of_honey(&test, cart).await;
        let event = events::api_gateway_rest("GET", "/cart").header("cookie", format!("cartId={cart}"));
        let response = test.request(router(state), event).await.unwrap();

        assert_eq!(response.status(), 200);
        let listing: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(listing["total"], 2 * 580);
        assert_eq!(listing["items"][0]["quantity"], 2);
        let record = test.record("cart listed");
        assert_eq!(
            (&record["products"], &record["cart_id"]),
            (&json!(1), &json!(format!("cart#{cart}")))
        );
    }

    #[tokio::test]
    async fn a_new_shopper_gets_a_cookie_and_an_empty_cart() {
        let test = TestFunction::new();
        let state = two_of_honey(&test, CartId::random()).await;
        let event = events::api_gateway_rest("GET", "/cart");
        let response = test.request(router(state), event).await.unwrap();

        let cookie = response.headers()["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("cartId="), "{cookie}");
        let listing: Value = serde_json::from_slice(response.body()).unwrap();
        assert_eq!(listing, json!({"items": [], "total": 0}));
    }

    #[tokio::test]
    async fn an_invalid_token_is_refused() {
        let test = TestFunction::new();
        let state = two_of_honey(&test, CartId::random()).await;
        let event = events::api_gateway_rest("GET", "/cart").header("authorization", "Bearer a.b.c");
        let response = test.request(router(state), event).await.unwrap();

        assert_eq!(response.status(), 401);
        assert_eq!(
            test.record("request refused")["reason"],
            "the token is not valid: it is malformed"
        );
    }
}
