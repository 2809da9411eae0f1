//! Checks the contract with shoppers and pages: answers, cookies, rejected requests.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::suite::Suite;
use crate::local_aws::Answer;
use crate::shopping_cart::{Call, Shopper, cart_id, key};

/// What the keys of checkouts begin with.
const CHECKOUT: &str = "checkout.order";

/// The origin that the template allows by default.
const ORIGIN: &str = "http://localhost:8080";

pub(super) fn cookies(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let mut shopper = Shopper::default();
    let answer = shopper.call(shop, &Call::List)?;
    expect(&answer, 200)?;
    let cookie = answer.header("set-cookie").context("no cookie")?;
    let id = cart_id(cookie).unwrap_or_default();
    ensure!(id.len() == 36, "{cookie}");
    let attributes = format!("cartId={id}; Max-Age=86400; Path=/; HttpOnly; Secure; SameSite=Lax");
    ensure!(cookie == attributes, "{cookie}");
    ensure!(
        answer.header("cache-control") == Some("no-store"),
        "{:?}",
        answer.headers
    );

    // An invalid cookie does not give access to a cart.
    let mut stranger = Shopper {
        cookie: Some("user#somebody".to_owned()),
        token: None,
    };
    expect(&stranger.call(shop, &Call::List)?, 200)?;
    ensure!(
        stranger.cookie.as_deref() != Some(id) && stranger.cookie.as_deref() != Some("user#somebody"),
        "{:?}",
        stranger.cookie
    );
    Ok(())
}

pub(super) fn refusals(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let product = &shop.products()?[0];
    let mut shopper = Shopper::default();
    expect(&shopper.call(shop, &Call::List)?, 200)?;
    let id = shopper.cookie.clone().context("no cookie")?;
    let path = format!("/cart/{product}");
    let refused = [
        ("POST", "/cart", "", 400),
        ("POST", "/cart", "no json", 400),
        ("POST", "/cart", r#"{"quantity":1}"#, 400),
        ("POST", "/cart", r#"{"productId":1}"#, 400),
        ("POST", "/cart", r#"{"productId":"a b"}"#, 400),
        (
            "POST",
            "/cart",
            &format!(r#"{{"productId":"{product}","quantity":0}}"#),
            400,
        ),
        (
            "POST",
            "/cart",
            &format!(r#"{{"productId":"{product}","quantity":1.5}}"#),
            400,
        ),
        (
            "POST",
            "/cart",
            &format!(r#"{{"productId":"{product}","quantity":"2"}}"#),
            400,
        ),
        (
            "POST",
            "/cart",
            &format!(r#"{{"productId":"{product}","price":0}}"#),
            400,
        ),
        ("POST", "/cart", r#"{"productId":"no-such-product"}"#, 404),
        (
            "POST",
            "/cart",
            &format!(r#"{{"productId":"{product}","quantity":-1}}"#),
            409,
        ),
        (
            "POST",
            "/cart",
            &format!(r#"{{"productId":"{product}","quantity":100001}}"#),
            400,
        ),
        ("PUT", path.as_str(), r#"{"quantity":1}"#, 404),
        ("PUT", path.as_str(), r#"{"quantity":-1}"#, 400),
        ("PUT", path.as_str(), "", 400),
        ("POST", "/cart/migrate", "", 401),
        ("POST", "/cart/checkout", "", 401),
    ];
    for (method, path, body, status) in refused {
        let cookie = [("cookie", format!("cartId={id}"))];
        let (_, answer) = shop.send(method, path, &cookie, body)?;
        expect(&answer, status).with_context(|| format!("{method} {path} {body}"))?;
    }
    ensure!(
        super::storm::contents(&shopper.call(shop, &Call::List)?.json()?)?.is_empty(),
        "a rejected request changed the cart"
    );
    Ok(())
}

/// Goes from the first product to the order; each request takes effect once, however often it is sent.
pub(super) fn a_purchase(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let product = &shop.products()?[0];
    let mut shopper = Shopper::default();
    expect(&shopper.call(shop, &Call::List)?, 200)?;
    let id = shopper.cookie.context("no cookie")?;
    // A request that is repeated with its key takes effect once, and the key cannot be used for another one.
    let headers = [
        ("cookie", format!("cartId={id}")),
        ("idempotency-key", "the-key".to_owned()),
    ];
    let body = json!({ "productId": product, "quantity": 2 }).to_string();
    for _ in 0..3 {
        let (_, answer) = shop.send("POST", "/cart", &headers, &body)?;
        expect(&answer, 200)?;
        ensure!(answer.json()?["quantity"] == 2, "{}", answer.body);
    }
    let (_, answer) = shop.send("POST", "/cart", &headers, &json!({ "productId": product }).to_string())?;
    expect(&answer, 422)?;

    let mut user = Shopper::signed_in(shop, "contract")?;
    expect(&user.call(shop, &Call::Checkout)?, 409)?;
    user.cookie = Some(id);
    let answer = user.call(shop, &Call::Migrate)?;
    expect(&answer, 200)?;
    let gone = "cartId=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax";
    ensure!(answer.header("set-cookie") == Some(gone), "{:?}", answer.headers);
    let checkout = key();
    let (answer, _) = user.persist_with(shop, &Call::Checkout, &checkout)?;
    expect(&answer, 200)?;
    let records = suite.shop.deployment.idempotency_records(CHECKOUT)?;
    let order = answer.json()?;
    ensure!(
        order["orderId"].is_string() && order["items"][0]["quantity"] == 2,
        "{order}"
    );
    ensure!(
        super::storm::contents(&user.call(shop, &Call::List)?.json()?)?.is_empty(),
        "purchased items are still in the cart"
    );

    // The shopper fills the cart again, and the request comes again: its answer is replayed.
    let add = Call::Add {
        product: product.clone(),
        quantity: 7,
    };
    expect(&user.call(shop, &add)?, 200)?;
    for _ in 0..2 {
        let (answer, _) = user.persist_with(shop, &Call::Checkout, &checkout)?;
        expect(&answer, 200)?;
        ensure!(answer.json()? == order, "{} instead of {order}", answer.body);
    }
    let found = super::storm::contents(&user.call(shop, &Call::List)?.json()?)?;
    ensure!(found == [(product.clone(), 7)].into(), "{found:?}");
    let orders = suite.orders("contract")?;
    ensure!(orders.len() == 1, "{orders:?}");
    // Another execution would have written another token and a later end.
    ensure!(
        suite.shop.deployment.idempotency_records(CHECKOUT)? == records,
        "the checkout was not replayed"
    );
    Ok(())
}

pub(super) fn cross_origin(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let requests = [
        ("GET", "/cart", 200),
        ("POST", "/cart", 400),
        ("POST", "/cart/checkout", 401),
        ("GET", "/cart/honey/total", 200),
    ];
    for (method, path, status) in requests {
        for origin in [ORIGIN, "https://elsewhere.example"] {
            let (_, answer) = shop.send(method, path, &[("origin", origin.to_owned())], "")?;
            expect(&answer, status)?;
            let allowed = answer.header("access-control-allow-origin");
            ensure!(allowed == Some(ORIGIN), "{method} {path}: {:?}", answer.headers);
            let credentials = answer.header("access-control-allow-credentials");
            ensure!(credentials == Some("true"), "{method} {path}: {:?}", answer.headers);
        }
    }
    Ok(())
}

pub(super) fn product_service(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let add = |product: &str| Call::Add {
        product: product.to_owned(),
        quantity: 1,
    };
    let mut shopper = Shopper::default();
    let started = Instant::now();
    expect(&shopper.call(shop, &add("slow"))?, 200)?;
    ensure!(
        started.elapsed() > Duration::from_millis(700),
        "it was not slow: {:?}",
        started.elapsed()
    );
    expect(&shopper.call(shop, &add("broken"))?, 502)?;
    let contents = super::storm::contents(&shopper.call(shop, &Call::List)?.json()?)?;
    ensure!(contents == [("slow".to_owned(), 1)].into(), "{contents:?}");
    Ok(())
}

/// Fails if an answer has another status, or is an error without a message.
pub(super) fn expect(answer: &Answer, status: u16) -> Result<()> {
    ensure!(
        answer.status == status,
        "expected status {status}, found {}: {}",
        answer.status,
        answer.body
    );
    if status >= 400 {
        let message = &answer.json()?["message"];
        ensure!(
            message.as_str().is_some_and(|text| !text.is_empty()),
            "no message in {}",
            answer.body
        );
    }
    Ok(())
}
