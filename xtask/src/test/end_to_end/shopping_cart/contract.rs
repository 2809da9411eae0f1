//! What the API promises: answers, refusals, cookies, tokens.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Suite;
use super::storm::contents;
use crate::local_aws::Answer;
use crate::shopping_cart::{Call, Identity, Shop, Shopper, cart_id};

/// Fails unless a request is refused as every refusal is: in JSON, with a message, and without a cookie.
fn refused(answer: &Answer, status: u16, about: &str) -> Result<()> {
    ensure!(
        answer.status == status,
        "{about}: {status} was expected, {} came: {}",
        answer.status,
        answer.body
    );
    let told = answer.json()?["message"]
        .as_str()
        .is_some_and(|message| !message.is_empty());
    ensure!(told, "{about}: no message in {}", answer.body);
    let challenged = answer
        .header("www-authenticate")
        .is_some_and(|text| text.starts_with("Bearer"));
    ensure!(challenged == (status == 401), "{about}: {:?}", answer.headers);
    ensure!(
        answer.header("set-cookie").is_none(),
        "{about} is refused with a cookie"
    );
    Ok(())
}

pub(super) fn answers(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let (_, first) = shop.send("GET", "/cart", &[], "")?;
    ensure!(first.status == 200, "{}: {}", first.status, first.body);
    ensure!(contents(&first.json()?)?.is_empty(), "a new cart has {}", first.body);
    let set = first.header("set-cookie").context("a stranger gets no cookie")?;
    let id = cart_id(set).with_context(|| format!("no cart's id in {set}"))?;
    let mut attributes: Vec<_> = set.split(';').skip(1).map(str::trim).collect();
    attributes.sort_unstable();
    ensure!(
        attributes == ["HttpOnly", "Max-Age=86400", "Path=/", "SameSite=Lax", "Secure"],
        "{set}"
    );

    let headers = [("cookie", format!("cartId={id}"))];
    let product = ordinary(shop)?;
    let add = |quantity: Value| json!({ "productId": product, "quantity": quantity }).to_string();
    let item = format!("/cart/{product}");
    for (method, path, body, status) in [
        ("POST", "/cart", String::new(), 400),
        ("POST", "/cart", "{".to_owned(), 400),
        ("POST", "/cart", "[]".to_owned(), 400),
        ("POST", "/cart", json!({ "productId": "../admin" }).to_string(), 400),
        (
            "POST",
            "/cart",
            json!({ "productId": product, "price": 0 }).to_string(),
            400,
        ),
        ("POST", "/cart", add(json!(0)), 400),
        ("POST", "/cart", add(json!(1.5)), 400),
        ("POST", "/cart", add(json!("2")), 400),
        ("POST", "/cart", add(json!(-1)), 409),
        (
            "POST",
            "/cart",
            json!({ "productId": "no-such-product" }).to_string(),
            404,
        ),
        ("PUT", item.as_str(), String::new(), 400),
        ("PUT", item.as_str(), json!({ "quantity": -1 }).to_string(), 400),
        ("PUT", item.as_str(), json!({ "quantity": 1 }).to_string(), 404),
        ("POST", "/cart/migrate", String::new(), 401),
        ("POST", "/cart/checkout", String::new(), 401),
    ] {
        let (_, answer) = shop.send(method, path, &headers, &body)?;
        refused(&answer, status, &format!("{method} {path} {body}"))?;
    }
    let (_, answer) = shop.send("GET", "/cart", &headers, "")?;
    ensure!(
        contents(&answer.json()?)?.is_empty(),
        "refused, and yet there: {}",
        answer.body
    );
    Ok(())
}

/// The preflight is API Gateway's, which answers it here without the template's headers; the rest is ours.
pub(super) fn cross_origin(suite: &Suite) -> Result<()> {
    let evil = [("origin", "https://evil.example".to_owned())];
    for (method, path) in [("GET", "/cart"), ("POST", "/cart")] {
        let (_, answer) = suite.shop.send(method, path, &evil, "")?;
        for (header, value) in [
            ("access-control-allow-origin", "http://localhost:8080"),
            ("access-control-allow-credentials", "true"),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
        ] {
            ensure!(
                answer.header(header) == Some(value),
                "{method} {path}: {header} is {:?}",
                answer.header(header)
            );
        }
    }
    Ok(())
}

pub(super) fn tokens(suite: &Suite) -> Result<()> {
    let identity = &suite.shop.identity;
    let list = |token: String| {
        let headers = [("authorization", format!("Bearer {token}"))];
        Ok::<_, anyhow::Error>(suite.shop.send("GET", "/cart", &headers, "")?.1)
    };
    let good = list(identity.token("tokens")?)?;
    ensure!(good.status == 200, "a good token: {} {}", good.status, good.body);

    let with = |mut value: Value, key: &str, other: Value| {
        value[key] = other;
        value
    };
    let (header, claims) = (identity.header(), identity.claims("tokens"));
    let stranger = Identity::of(identity.issuer(), identity.client_id(), identity.key_id())?;
    let unsigned = identity.sign(&with(header.clone(), "alg", json!("none")), &claims)?;
    let unsigned = unsigned
        .rsplit_once('.')
        .map_or(String::new(), |(message, _)| format!("{message}."));
    let forged = {
        let other = identity.sign(&header, &with(claims.clone(), "sub", json!("bob")))?;
        let (message, _) = other.rsplit_once('.').context("a token")?;
        let token = identity.token("tokens")?;
        let (_, signature) = token.rsplit_once('.').context("a token")?;
        format!("{message}.{signature}")
    };
    let signed = |header: Value, claims: Value| identity.sign(&header, &claims);
    for (about, token) in [
        ("no token at all", "nonsense".to_owned()),
        ("the key of a stranger", stranger.token("tokens")?),
        ("no algorithm", unsigned),
        ("another's claims", forged),
        (
            "a secret's algorithm",
            signed(with(header.clone(), "alg", json!("HS256")), claims.clone())?,
        ),
        (
            "another algorithm of the key's kind",
            signed(with(header.clone(), "alg", json!("RS512")), claims.clone())?,
        ),
        (
            "an unknown key",
            signed(with(header.clone(), "kid", json!("unknown")), claims.clone())?,
        ),
        (
            "another issuer",
            signed(
                header.clone(),
                with(claims.clone(), "iss", json!("https://evil.example")),
            )?,
        ),
        (
            "another client",
            signed(header.clone(), with(claims.clone(), "client_id", json!("evil")))?,
        ),
        (
            "another use",
            signed(header.clone(), with(claims.clone(), "token_use", json!("refresh")))?,
        ),
        (
            "a time that is over",
            signed(header.clone(), with(claims.clone(), "exp", json!(1_600_000_000)))?,
        ),
        ("no end", signed(header, with(claims, "exp", Value::Null))?),
    ] {
        refused(&list(token)?, 401, about)?;
    }
    Ok(())
}

/// A function that has read the key set before looks at it again for a key that it does not know.
pub(super) fn rotated_keys(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let mut shopper = Shopper::signed_in(shop, "rotated")?;
    let empty = shopper.call(shop, &Call::Checkout)?;
    refused(&empty, 409, "an empty cart")?;
    let next = Identity::of(shop.identity.issuer(), shop.identity.client_id(), "2026-02")?;
    shop.publish(&[&shop.identity, &next])?;
    shopper.token = Some(next.token("rotated")?);
    refused(
        &shopper.call(shop, &Call::Checkout)?,
        409,
        "an empty cart, by the new key",
    )
}

pub(super) fn product_service(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let mut shopper = Shopper::signed_in(shop, "products")?;
    let add = |product: &str| Call::Add {
        product: product.to_owned(),
        quantity: 1,
    };
    let started = Instant::now();
    let slow = shopper.call(shop, &add("slow"))?;
    ensure!(slow.status == 200, "slow: {} {}", slow.status, slow.body);
    ensure!(started.elapsed() > Duration::from_millis(700), "it was not slow");
    refused(&shopper.call(shop, &add("broken"))?, 502, "a broken product")?;
    let there = contents(&shopper.call(shop, &Call::List)?.json()?)?;
    ensure!(there.len() == 1 && there.contains_key("slow"), "{there:?}");
    Ok(())
}

/// Returns a product that is neither slow nor broken.
pub(super) fn ordinary(shop: &Shop) -> Result<String> {
    let mut products = shop.products()?.into_iter();
    let product = products.find(|id| id != "slow" && id != "broken");
    product.context("the product service lists no ordinary product")
}
