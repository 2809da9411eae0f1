//! `GET /cart`: lists the contents of the cart.

use std::sync::Arc;

use lambda_runtime::Error;
use powertools_lambda::parameters::Provider;
use shopping_cart::Setup;
use shopping_cart::access::Access;
use shopping_cart::api::{Answer, Request};
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
    setup.serve(function, list_cart).await
}

async fn list_cart<P: Provider, T: Table>(function: Arc<ListCart<P, T>>, request: Request) -> Result<Answer, Error> {
    let owner = function.access.owner(&request).await?;
    let listing = function.carts.list(&owner).await?;
    info!(products = listing.items.len(), "cart listed");
    Ok(Answer::ok(&listing)?.cookie(owner.cookie()))
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::apigw::ApiGatewayProxyResponse;
    use powertools_lambda::test_util::{TestFunction, events};
    use serde_json::{Value, json};
    use shopping_cart::access::{CartId, Owner};
    use shopping_cart::api;
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
        let response: ApiGatewayProxyResponse =
            test.invoke(api::function(None, state, list_cart), event).await.unwrap();

        assert_eq!(response.status_code, 200);
        let listing: Value = serde_json::from_slice(&response.body.unwrap()).unwrap();
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
        let response: ApiGatewayProxyResponse =
            test.invoke(api::function(None, state, list_cart), event).await.unwrap();

        let cookie = response.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.starts_with("cartId="), "{cookie}");
        let listing: Value = serde_json::from_slice(&response.body.unwrap()).unwrap();
        assert_eq!(listing, json!({"items": [], "total": 0}));
    }

    #[tokio::test]
    async fn an_invalid_token_is_refused() {
        let test = TestFunction::new();
        let state = two_of_honey(&test, CartId::random()).await;
        let event = events::api_gateway_rest("GET", "/cart").header("authorization", "Bearer a.b.c");
        let response: ApiGatewayProxyResponse =
            test.invoke(api::function(None, state, list_cart), event).await.unwrap();

        assert_eq!(response.status_code, 401);
        assert_eq!(
            test.record("request refused")["reason"],
            "the token is not valid: it is malformed"
        );
    }
}
