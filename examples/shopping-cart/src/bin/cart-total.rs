//! `GET /cart/{product_id}/total`: returns the total of a product in all carts.

use std::sync::Arc;

use lambda_runtime::Error;
use serde_json::json;
use shopping_cart::Setup;
use shopping_cart::api::{Answer, Request};
use shopping_cart::table::Table;
use shopping_cart::totals::Totals;
use tracing::info;

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let totals = setup.totals()?;
    setup.serve(totals, cart_total).await
}

async fn cart_total<T: Table>(totals: Arc<Totals<T>>, request: Request) -> Result<Answer, Error> {
    let product_id = request.product_id()?;
    let quantity = totals.of(&product_id).await?;
    info!(%product_id, quantity, "total read");
    Ok(Answer::ok(&json!({"productId": product_id, "quantity": quantity}))?)
}

#[cfg(test)]
mod tests {
    use aws_lambda_events::apigw::ApiGatewayProxyResponse;
    use powertools_lambda::test_util::{TestFunction, events};
    use serde_json::Value;
    use shopping_cart::api;
    use shopping_cart::product::ProductId;
    use shopping_cart::test_util::MemoryTable;
    use shopping_cart::totals::Delta;

    use super::*;

    #[tokio::test]
    async fn the_total_of_a_product_is_read() {
        let test = TestFunction::new();
        let clock = test.environment().environment().clock().clone();
        let totals = Totals::new(MemoryTable::default(), clock);
        let product_id: ProductId = "honey".parse().unwrap();
        totals.count("e-1", &Delta { product_id, by: 3 }).await.unwrap();

        let event = events::api_gateway_rest("GET", "/cart/honey/total").path_parameter("product_id", "honey");
        let function = api::function(None, totals, cart_total);
        let response: ApiGatewayProxyResponse = test.invoke(function, event).await.unwrap();

        let body: Value = serde_json::from_slice(&response.body.unwrap()).unwrap();
        assert_eq!(body, json!({"productId": "honey", "quantity": 3}));
        assert_eq!(test.record("total read")["quantity"], 3);
        assert_eq!(test.span("of").annotation("product_id").unwrap(), "honey");
    }
}
