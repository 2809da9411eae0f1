//! `GET /product/{product_id}`: returns a product. It is slow for the product `slow`, and fails for `broken`.

use std::sync::Arc;

use lambda_runtime::Error;
use powertools_lambda::tracer;
use shopping_cart::Setup;
use shopping_cart::api::{Answer, Refusal, Request};
use shopping_cart::product::catalogue;
use tracing::{error, info};

#[tokio::main]
async fn main() -> Result<(), Error> {
    Setup::from_env().await?.serve((), get_product).await
}

async fn get_product(_: Arc<()>, request: Request) -> Result<Answer, Error> {
    let product_id = request.product_id()?;
    tracer::annotate("product_id", product_id.as_str());
    tokio::time::sleep(catalogue::time_of(&product_id)).await;
    match catalogue::find(&product_id) {
        Ok(Some(product)) => {
            info!(%product_id, "product found");
            Ok(Answer::ok(&product)?)
        }
        Ok(None) => Err(Refusal::UnknownProduct(product_id).into()),
        Err(error) => {
            error!(error = &error as &dyn std::error::Error, %product_id, "no product can be found");
            Ok(Answer::message(500, "the product service is out of order"))
        }
    }
}
