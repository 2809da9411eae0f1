//! `PUT /cart/{product_id}`: sets the quantity of a product.

use std::sync::Arc;

use lambda_runtime::Error;
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::parameters::Provider;
use serde::Deserialize;
use shopping_cart::Setup;
use shopping_cart::access::Access;
use shopping_cart::api::{Answer, Request, RequestKey};
use shopping_cart::cart::Carts;
use shopping_cart::table::Table;
use tracing::info;

const CART_UPDATED: MetricName = MetricName::new("CartUpdated");

struct UpdateCart<P: Provider, T> {
    access: Access<P>,
    carts: Carts<T>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Update {
    /// The quantity; zero removes the product.
    quantity: u64,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let function = UpdateCart {
        access: setup.access().await?,
        carts: setup.carts()?,
    };
    setup.serve(function, update_cart).await
}

async fn update_cart<P: Provider, T: Table>(
    function: Arc<UpdateCart<P, T>>,
    request: Request,
) -> Result<Answer, Error> {
    let owner = function.access.owner(&request).await?;
    let product_id = request.product_id()?;
    let Update { quantity } = request.json()?;
    let key = RequestKey::of(&request)?;

    let stock = function.carts.set(&owner, &product_id, quantity, key.as_ref()).await?;

    metrics::add(CART_UPDATED, Unit::Count, 1);
    info!(%product_id, quantity, "cart updated");
    Ok(Answer::ok(&stock)?.cookie(owner.cookie()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)] // counts are whole numbers

    use aws_lambda_events::apigw::ApiGatewayProxyResponse;
    use powertools_lambda::test_util::{TestFunction, events};
    use serde_json::{Value, json};
    use shopping_cart::access::{CartId, Owner};
    use shopping_cart::api;
    use shopping_cart::product::catalogue;
    use shopping_cart::test_util::{MemoryTable, access_without_keys};

    use super::*;

    /// Sends an update to a cart with two jars of honey.
    async fn update(test: &TestFunction, product_id: &str, body: &Value) -> ApiGatewayProxyResponse {
        let (environment, cart) = (test.environment(), CartId::random());
        let carts = Carts::new(MemoryTable::default(), environment.environment().clock().clone());
        let honey = catalogue::find(&"honey".parse().unwrap()).unwrap().unwrap();
        carts.add(&Owner::Anonymous(cart), &honey, 2, None).await.unwrap();
        let state = UpdateCart {
            access: access_without_keys(environment),
            carts,
        };
        let event = events::api_gateway_rest("PUT", format!("/cart/{product_id}"))
            .path_parameter("product_id", product_id)
            .header("cookie", format!("cartId={cart}"))
            .json_body(body);
        test.invoke(api::function(None, state, update_cart), event)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn the_quantity_is_set_and_counted() {
        let test = TestFunction::new();
        let response = update(&test, "honey", &json!({"quantity": 5})).await;

        assert_eq!(response.status_code, 200);
        let stock: Value = serde_json::from_slice(&response.body.unwrap()).unwrap();
        assert_eq!(stock, json!({"productId": "honey", "quantity": 5}));
        assert_eq!(test.record("cart updated")["quantity"], 5);
        assert_eq!(test.metrics().sum("CartUpdated"), 1.0);
    }

    #[tokio::test]
    async fn a_refused_update_is_not_counted() {
        for (product_id, body, status) in [
            ("coffee", json!({"quantity": 1}), 404),
            ("honey", json!({"quantity": u64::MAX}), 409),
            ("honey", json!({"quantity": -1}), 400),
            ("honey", json!({"amount": 1}), 400),
        ] {
            let test = TestFunction::new();
            let response = update(&test, product_id, &body).await;
            assert_eq!(response.status_code, status, "{body}");
            assert_eq!(test.record("request refused")["status"], status);
            assert_eq!(test.metrics().get("CartUpdated"), None);
        }
    }
}
