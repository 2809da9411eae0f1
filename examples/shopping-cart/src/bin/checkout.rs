//! `POST /cart/checkout`: orders the contents of a signed-in shopper's cart.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use http::HeaderMap;
use lambda_runtime::Error;
use powertools_lambda::idempotency::{Idempotency, Key};
use powertools_lambda::metrics::{self, MetricName, Unit};
use powertools_lambda::parameters::ssm::Ssm;
use powertools_lambda::tracer;
use shopping_cart::Setup;
use shopping_cart::access::{Access, Owner};
use shopping_cart::api::{Failure, RequestKey};
use shopping_cart::cart::{Carts, Order};
use shopping_cart::table::{DynamoDbTable, Table};
use tracing::info;

const CART_CHECKED_OUT: MetricName = MetricName::new("CartCheckedOut");

struct Checkout {
    access: Access<Ssm>,
    orders: Orders<DynamoDbTable>,
}

#[tokio::main]
async fn main() -> Result<(), Error> {
    let setup = Setup::from_env().await?;
    let function = Checkout {
        access: setup.access().await?,
        orders: Orders {
            carts: setup.carts()?,
            idempotency: setup.idempotency("order")?,
        },
    };
    let router = Router::new().route("/cart/checkout", post(checkout));
    setup.serve(router.with_state(Arc::new(function))).await
}

async fn checkout(State(function): State<Arc<Checkout>>, headers: HeaderMap) -> Result<Json<Order>, Failure> {
    let user = function.access.user(&headers).await?;
    let key = RequestKey::of(&headers)?;
    let order = function.orders.order(&user, key.as_ref()).await?;
    tracer::annotate("order_id", &order.order_id);
    Ok(Json(order))
}

struct Orders<T> {
    carts: Carts<T>,
    idempotency: Idempotency,
}

impl<T: Table> Orders<T> {
    /// Orders the contents of a cart, once for each key of a shopper. A repeated request gets the same order.
    async fn order(&self, user: &Owner, key: Option<&RequestKey>) -> Result<Order, Error> {
        let Some(request) = key else {
            return self.order_now(user, key).await;
        };
        // With the shopper: a key that a client chooses must not find the order of another shopper.
        let request = Key::new(&(user.partition(), request.as_str()));
        self.idempotency.run(request, || self.order_now(user, key)).await
    }

    async fn order_now(&self, user: &Owner, key: Option<&RequestKey>) -> Result<Order, Error> {
        let order = self.carts.check_out(user, key).await?;
        metrics::add(CART_CHECKED_OUT, Unit::Count, 1);
        info!(order.order_id, total = order.listing.total, "cart checked out");
        Ok(order)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use powertools_lambda::idempotency::MemoryStore;
    use powertools_lambda::test_util::TestEnvironment;
    use shopping_cart::product::catalogue;
    use shopping_cart::test_util::MemoryTable;

    use super::*;

    struct Shop {
        environment: TestEnvironment,
        records: MemoryStore,
        table: MemoryTable,
        alice: Owner,
    }

    impl Shop {
        fn new() -> Self {
            Self {
                environment: TestEnvironment::new(),
                records: MemoryStore::new(),
                table: MemoryTable::default(),
                alice: Owner::User("alice".into()),
            }
        }

        fn orders(&self) -> Orders<MemoryTable> {
            let clock = self.environment.environment().clock().clone();
            let idempotency = Idempotency::builder(self.records.clone(), "order").environment(&self.environment);
            Orders {
                carts: Carts::new(self.table.clone(), clock),
                idempotency: idempotency.build(),
            }
        }

        async fn fill(&self) {
            let honey = catalogue::find(&"honey".parse().unwrap()).unwrap().unwrap();
            let added = self.orders().carts.add(&self.alice, &honey, 2, None).await;
            assert_eq!(added.unwrap().quantity, 2);
        }

        /// Returns how many orders there are.
        fn ordered(&self) -> usize {
            let items = self.table.items();
            let is_order = |sk: &str| sk.starts_with("order#");
            items.iter().filter(|item| is_order(item["sk"].as_s().unwrap())).count()
        }
    }

    fn key(text: &str) -> Option<RequestKey> {
        let headers = HeaderMap::from_iter([(http::HeaderName::from_static("idempotency-key"), text.parse().unwrap())]);
        RequestKey::of(&headers).unwrap()
    }

    #[tokio::test]
    async fn a_repeated_request_is_answered_from_its_record() {
        let shop = Shop::new();
        shop.fill().await;
        let first = shop.orders().order(&shop.alice, key("k").as_ref()).await.unwrap();
        shop.fill().await;
        let again = shop.orders().order(&shop.alice, key("k").as_ref()).await.unwrap();
        assert_eq!((first, shop.ordered(), shop.records.records().len()), (again, 1, 1));
        // The new contents are still in the cart, and another key orders them.
        shop.orders().order(&shop.alice, key("l").as_ref()).await.unwrap();
        assert_eq!((shop.ordered(), shop.records.records().len()), (2, 2));
    }

    #[tokio::test]
    async fn a_request_whose_record_is_lost_finds_its_order() {
        let shop = Shop::new();
        shop.fill().await;
        let first = shop.orders().order(&shop.alice, key("k").as_ref()).await.unwrap();
        for (name, _) in shop.records.records() {
            shop.records.remove(&name);
        }
        for is_filled in [false, true] {
            if is_filled {
                shop.fill().await;
            }
            let again = shop.orders().order(&shop.alice, key("k").as_ref()).await.unwrap();
            assert_eq!((&again, shop.ordered()), (&first, 1), "filled: {is_filled}");
            for (name, _) in shop.records.records() {
                shop.records.remove(&name);
            }
        }
    }

    #[tokio::test]
    async fn a_request_in_progress_is_answered_503_until_its_lock_ends() {
        let shop = Shop::new();
        let (orders, alice, key) = (shop.orders(), &shop.alice, key("k"));
        let request = || Key::new(&(alice.partition(), key.as_ref().unwrap().as_str()));
        // The first execution is cut short.
        let cut = orders
            .idempotency
            .run(request(), std::future::pending::<Result<Order, Error>>);
        assert!(tokio::time::timeout(Duration::from_millis(5), cut).await.is_err());

        shop.fill().await;
        let error = orders.order(alice, key.as_ref()).await.unwrap_err();
        let response = axum::response::IntoResponse::into_response(Failure::from(error));
        assert_eq!((response.status().as_u16(), shop.ordered()), (503, 0));
        assert_eq!(response.headers()["retry-after"], "1");
        // There is no invocation with a deadline, so the lock lasts as long as the longest timeout.
        shop.environment.clock().advance(Duration::from_mins(16));
        orders.order(alice, key.as_ref()).await.unwrap();
        assert_eq!(shop.ordered(), 1);
    }

    #[tokio::test]
    async fn a_refusal_is_not_recorded() {
        let shop = Shop::new();
        let refused = shop.orders().order(&shop.alice, key("k").as_ref()).await;
        let response = axum::response::IntoResponse::into_response(Failure::from(refused.unwrap_err()));
        assert_eq!((response.status().as_u16(), shop.records.records().len()), (409, 0));
        shop.fill().await;
        shop.orders().order(&shop.alice, key("k").as_ref()).await.unwrap();
        assert_eq!(shop.ordered(), 1);
    }

    #[tokio::test]
    async fn a_key_is_the_shoppers() {
        let shop = Shop::new();
        shop.fill().await;
        let first = shop.orders().order(&shop.alice, key("k").as_ref()).await.unwrap();
        let bob = Owner::User("bob".into());
        let honey = catalogue::find(&"honey".parse().unwrap()).unwrap().unwrap();
        shop.orders().carts.add(&bob, &honey, 1, None).await.unwrap();
        let second = shop.orders().order(&bob, key("k").as_ref()).await.unwrap();
        assert_ne!(first.order_id, second.order_id);
        assert_eq!(shop.ordered(), 2);
    }
}
