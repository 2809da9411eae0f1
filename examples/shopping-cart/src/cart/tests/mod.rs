//! Tests that requests take effect once, even with faults.

mod model;

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use lambda_runtime::Error;
use powertools_lambda::test_util::TestEnvironment;

use super::{Carts, Order, Row};
use crate::access::{CartId, Owner};
use crate::api::{Refusal, RequestKey};
use crate::product::{Product, ProductId, catalogue};
use crate::table::Table;
use crate::table::memory::{Fault, MemoryTable};

fn carts() -> (TestEnvironment, Carts<MemoryTable>) {
    let environment = TestEnvironment::new();
    let clock = environment.environment().clock().clone();
    (environment, Carts::new(MemoryTable::default(), clock))
}

fn user(name: &str) -> Owner {
    Owner::User(name.into())
}

fn products() -> Vec<Product> {
    catalogue::all().take(4).collect()
}

fn product(id: &str) -> Product {
    catalogue::find(&id.parse().unwrap()).unwrap().unwrap()
}

async fn quantities(carts: &Carts<MemoryTable>, owner: &Owner) -> BTreeMap<ProductId, u64> {
    let listing = carts.list(owner).await.unwrap();
    listing
        .items
        .into_iter()
        .map(|line| (line.product_id, line.quantity))
        .collect()
}

/// Returns the refusal of an operation, and panics on other errors.
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> Refusal {
    *result.unwrap_err().downcast::<Refusal>().unwrap()
}

/// Repeats a request until there is an answer, as a client does after a server error or a lost answer.
async fn until_answered<T>(ask: impl AsyncFn() -> Result<T, Error>) -> Result<T, u16> {
    for _ in 0..100 {
        match ask().await {
            Ok(answer) => return Ok(answer),
            Err(error) => match error.downcast_ref::<Refusal>().map(|refusal| refusal.status().as_u16()) {
                Some(status) if status < 500 => return Err(status),
                _ => {}
            },
        }
    }
    panic!("no answer after 100 attempts")
}

#[tokio::test]
async fn products_are_added_set_and_removed() {
    let (_environment, carts) = carts();
    let (alice, honey) = (user("alice"), product("honey"));
    assert_eq!(carts.add(&alice, &honey, 3, None).await.unwrap().quantity, 3);
    assert_eq!(carts.add(&alice, &honey, -1, None).await.unwrap().quantity, 2);
    assert_eq!(carts.set(&alice, &honey.product_id, 7, None).await.unwrap().quantity, 7);
    let listing = carts.list(&alice).await.unwrap();
    assert_eq!((listing.items.len(), listing.total), (1, 7 * honey.price));
    assert_eq!(listing.items[0].product, honey);
    assert_eq!(carts.set(&alice, &honey.product_id, 0, None).await.unwrap().quantity, 0);
    assert!(carts.list(&alice).await.unwrap().items.is_empty());
    assert!(carts.table.items().is_empty());
}

#[tokio::test]
async fn a_quantity_is_never_negative_and_a_refusal_changes_nothing() {
    let (_environment, carts) = carts();
    let (alice, honey) = (user("alice"), product("honey"));
    assert_eq!(refusal(carts.add(&alice, &honey, -1, None).await).status(), 409);
    carts.add(&alice, &honey, 2, None).await.unwrap();
    carts.table.take_changes();
    assert_eq!(refusal(carts.add(&alice, &honey, -3, None).await).status(), 409);
    assert_eq!(refusal(carts.add(&alice, &honey, i64::MIN, None).await).status(), 409);
    assert_eq!(refusal(carts.add(&alice, &honey, i64::MAX, None).await).status(), 409);
    assert_eq!(
        refusal(carts.set(&alice, &honey.product_id, u64::MAX, None).await).status(),
        409
    );
    let missing = product("coffee").product_id;
    assert_eq!(refusal(carts.set(&alice, &missing, 1, None).await).status(), 404);
    assert!(carts.table.take_changes().is_empty());
}

#[tokio::test]
async fn expired_rows_are_not_in_the_cart() {
    let (environment, carts) = carts();
    let (anonymous, alice) = (Owner::Anonymous(CartId::random()), user("alice"));
    let honey = product("honey");
    for owner in [&anonymous, &alice] {
        carts.add(owner, &honey, 5, None).await.unwrap();
    }
    environment.clock().advance(Duration::from_hours(24));
    // DynamoDB has not deleted either of them yet.
    assert!(quantities(&carts, &anonymous).await.is_empty());
    assert_eq!(quantities(&carts, &alice).await[&honey.product_id], 5);
    assert_eq!(
        refusal(carts.set(&anonymous, &honey.product_id, 1, None).await).status(),
        404
    );
    assert_eq!(refusal(carts.add(&anonymous, &honey, -1, None).await).status(), 409);
    assert_eq!(carts.add(&anonymous, &honey, 2, None).await.unwrap().quantity, 2);
    environment.clock().advance(Duration::from_hours(6 * 24));
    assert!(quantities(&carts, &alice).await.is_empty());
    assert_eq!(refusal(carts.check_out(&alice, None).await).status(), 409);
}

#[tokio::test]
async fn a_repeated_request_takes_effect_once() {
    let (_environment, carts) = carts();
    let (alice, honey) = (user("alice"), product("honey"));
    let key = |text: &str| Some(RequestKey::from(text));
    for _ in 0..3 {
        assert_eq!(
            carts.add(&alice, &honey, 2, key("a").as_ref()).await.unwrap().quantity,
            2
        );
    }
    assert_eq!(
        carts.add(&alice, &honey, -2, key("b").as_ref()).await.unwrap().quantity,
        0
    );
    // A new request would be rejected, but this one has already succeeded.
    assert_eq!(
        carts.add(&alice, &honey, -2, key("b").as_ref()).await.unwrap().quantity,
        0
    );
    assert_eq!(
        refusal(carts.add(&alice, &honey, -2, key("c").as_ref()).await).status(),
        409
    );
    // The key of another request, and the key of another shopper.
    assert_eq!(
        refusal(carts.add(&alice, &honey, 5, key("a").as_ref()).await).status(),
        422
    );
    assert_eq!(
        carts
            .add(&user("bob"), &honey, 5, key("a").as_ref())
            .await
            .unwrap()
            .quantity,
        5
    );
}

#[tokio::test]
async fn a_lost_answer_is_given_to_the_repeated_request() {
    let (_environment, carts) = carts();
    let (alice, honey) = (user("alice"), product("honey"));
    let key = RequestKey::from("k");
    // The row is read and written, but the answer is lost.
    carts.table.fail(vec![Fault::AnswerLost, Fault::Nothing]);
    carts.add(&alice, &honey, 4, Some(&key)).await.unwrap_err();
    assert_eq!(carts.add(&alice, &honey, 4, Some(&key)).await.unwrap().quantity, 4);

    let key = RequestKey::from("checkout");
    carts.table.fail(vec![Fault::AnswerLost, Fault::Nothing]);
    carts.check_out(&alice, Some(&key)).await.unwrap_err();
    let order = carts.check_out(&alice, Some(&key)).await.unwrap();
    assert_eq!(order.listing.items[0].quantity, 4);
    assert_eq!(carts.check_out(&alice, Some(&key)).await.unwrap(), order);
    assert_eq!(refusal(carts.check_out(&alice, None).await).status(), 409);
}

#[tokio::test]
async fn an_order_has_what_was_in_the_cart() {
    let (_environment, carts) = carts();
    let alice = user("alice");
    for (product, quantity) in products().iter().zip(1..) {
        carts.add(&alice, product, quantity, None).await.unwrap();
    }
    let listing = carts.list(&alice).await.unwrap();
    let Order {
        listing: ordered,
        order_id,
    } = carts.check_out(&alice, None).await.unwrap();
    assert_eq!(ordered, listing);
    assert!(carts.list(&alice).await.unwrap().items.is_empty());
    let left = carts.table.items();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0]["sk"].as_s().unwrap(), &format!("order#{order_id}"));
}

#[tokio::test]
async fn an_order_that_is_too_large_for_a_transaction_is_refused() {
    let (_environment, carts) = carts();
    let alice = user("alice");
    for number in 0..99 {
        let mut product = product("honey");
        product.product_id = format!("p-{number}").parse().unwrap();
        carts.add(&alice, &product, 1, None).await.unwrap();
    }
    assert_eq!(refusal(carts.check_out(&alice, None).await).status(), 409);
    let first = "p-0".parse().unwrap();
    carts.set(&alice, &first, 0, None).await.unwrap();
    let order = carts.check_out(&alice, Some(&RequestKey::from("k"))).await.unwrap();
    assert_eq!(order.listing.items.len(), 98);
}

#[tokio::test]
async fn a_migration_that_is_interrupted_moves_each_product_once() {
    for interrupted_at in 0..40 {
        let (_environment, carts) = carts();
        let (cart, alice) = (CartId::random(), user("alice"));
        let anonymous = Owner::Anonymous(cart);
        for (product, quantity) in products().iter().zip(1..) {
            carts.add(&anonymous, product, quantity, None).await.unwrap();
            carts.add(&alice, product, 10, None).await.unwrap();
        }
        for lost in [Fault::Lost, Fault::AnswerLost] {
            let mut faults = vec![Fault::Nothing; interrupted_at];
            faults.insert(0, lost);
            carts.table.fail(faults);
            let _ = carts.migrate(cart, &alice).await;
        }
        carts.table.fail(Vec::new());
        let migration = carts.migrate(cart, &alice).await.unwrap();
        // It is not known whether the removals of the earlier ones were requested.
        assert_eq!(migration.emptied.len(), 4);
        assert!(quantities(&carts, &anonymous).await.is_empty());
        let expected: BTreeMap<_, _> = products()
            .into_iter()
            .map(|product| product.product_id)
            .zip(11..)
            .collect();
        assert_eq!(quantities(&carts, &alice).await, expected);
        assert_eq!(carts.migrate(cart, &alice).await.unwrap().moved, 0);
    }
}

#[tokio::test]
async fn only_what_a_migration_has_emptied_is_removed() {
    let (_environment, carts) = carts();
    let (cart, alice) = (CartId::random(), user("alice"));
    let anonymous = Owner::Anonymous(cart);
    let (honey, coffee) = (product("honey"), product("coffee"));
    for product in [&honey, &coffee] {
        carts.add(&anonymous, product, 2, None).await.unwrap();
    }
    assert!(
        !carts.remove_emptied(cart, &honey.product_id).await.unwrap(),
        "there is honey in it"
    );
    carts.migrate(cart, &alice).await.unwrap();
    // The shopper adds a product before the worker runs.
    carts.add(&anonymous, &coffee, 1, None).await.unwrap();
    for expected in [true, false] {
        assert_eq!(carts.remove_emptied(cart, &honey.product_id).await.unwrap(), expected);
        assert!(!carts.remove_emptied(cart, &coffee.product_id).await.unwrap());
    }
    assert_eq!(quantities(&carts, &anonymous).await[&coffee.product_id], 1);
    assert_eq!(quantities(&carts, &alice).await.len(), 2);
}

#[tokio::test]
async fn concurrent_shoppers_lose_nothing() {
    let (_environment, carts) = carts();
    let carts = Rc::new(carts);
    let (cart, alice, honey) = (CartId::random(), user("alice"), product("honey"));
    let tasks = tokio::task::LocalSet::new();
    for number in 0..32_u32 {
        let (carts, alice, honey) = (Rc::clone(&carts), alice.clone(), honey.clone());
        tasks.spawn_local(async move {
            let key = RequestKey::from(format!("k-{number}").as_str());
            let owner = if number % 2 == 0 {
                alice.clone()
            } else {
                Owner::Anonymous(cart)
            };
            let added = until_answered(async || carts.add(&owner, &honey, 1, Some(&key)).await).await;
            assert!(added.is_ok(), "{added:?}");
            if number % 8 == 0 {
                until_answered(async || carts.migrate(cart, &alice).await)
                    .await
                    .unwrap();
            }
        });
    }
    tasks.await;
    carts.migrate(cart, &alice).await.unwrap();
    assert_eq!(quantities(&carts, &alice).await[&honey.product_id], 32);
}

#[tokio::test]
async fn a_row_is_read_as_it_was_written() {
    let (_environment, carts) = carts();
    let (alice, honey) = (user("alice"), product("honey"));
    carts.add(&alice, &honey, 3, None).await.unwrap();
    let items = carts.table.query("user#alice", "product#").await.unwrap();
    assert_eq!(items[0]["quantity"].as_n().unwrap(), "3");
    assert_eq!(
        items[0]["expirationTime"].as_n().unwrap(),
        &(1_768_473_000 + 604_800).to_string()
    );
    assert_eq!(
        items[0]["productDetail"].as_m().unwrap()["name"].as_s().unwrap(),
        &honey.name
    );
    let row: Row = serde_dynamo::from_item(items[0].clone()).unwrap();
    assert_eq!((row.quantity, &row.product_detail), (3, &honey));
}
