//! `GET /cart`: lists the contents of the cart.

use std::sync::Arc;

use lambda_runtime::Error;
use powertools_lambda::parameters::ssm::Ssm;
use shopping_cart::Setup;
use shopping_cart::access::Access;
use shopping_cart::api::{Answer, Request};
use shopping_cart::cart::Carts;
use shopping_cart::table::DynamoDbTable;
use tracing::info;

struct ListCart {
    access: Access<Ssm>,
    carts: Carts<DynamoDbTable>,
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

async fn list_cart(function: Arc<ListCart>, request: Request) -> Result<Answer, Error> {
    let owner = function.access.owner(&request).await?;
    let listing = function.carts.list(&owner).await?;
    info!(products = listing.items.len(), "cart listed");
    Ok(Answer::ok(&listing)?.cookie(owner.cookie()))
}
