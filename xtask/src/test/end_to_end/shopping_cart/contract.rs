//! What shoppers and pages may rely on: answers, cookies, refusals, tokens.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::Suite;
use crate::local_aws::Answer;
use crate::shopping_cart::{Call, Identity, Shopper, cart_id};

/// The origin that the template allows where nothing else is said.
const ORIGIN: &str = "http://localhost:8080";

pub(super) fn answers(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let product = &shop.products()?[0];
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

    // A cookie that is none is nobody's cart.
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
        "a refusal changed the cart"
    );

    // Sent again with its key a request is done once, and the key is for no other.
    let key = [
        ("cookie", format!("cartId={id}")),
        ("idempotency-key", "the-key".to_owned()),
    ];
    let body = json!({ "productId": product, "quantity": 2 }).to_string();
    for _ in 0..3 {
        let (_, answer) = shop.send("POST", "/cart", &key, &body)?;
        expect(&answer, 200)?;
        ensure!(answer.json()?["quantity"] == 2, "{}", answer.body);
    }
    let (_, answer) = shop.send("POST", "/cart", &key, &json!({ "productId": product }).to_string())?;
    expect(&answer, 422)?;

    let mut user = Shopper::signed_in(shop, "contract")?;
    expect(&user.call(shop, &Call::Checkout)?, 409)?;
    user.cookie = Some(id.to_owned());
    let answer = user.call(shop, &Call::Migrate)?;
    expect(&answer, 200)?;
    let gone = "cartId=; Max-Age=0; Path=/; HttpOnly; Secure; SameSite=Lax";
    ensure!(answer.header("set-cookie") == Some(gone), "{:?}", answer.headers);
    let answer = user.call(shop, &Call::Checkout)?;
    expect(&answer, 200)?;
    let order = answer.json()?;
    ensure!(
        order["orderId"].is_string() && order["items"][0]["quantity"] == 2,
        "{order}"
    );
    ensure!(
        super::storm::contents(&user.call(shop, &Call::List)?.json()?)?.is_empty(),
        "what was bought is still in the cart"
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

pub(super) fn tokens(suite: &Suite) -> Result<()> {
    let (shop, issuer) = (&suite.shop, &suite.shop.identity);
    let with = |key: &str, value: Value| {
        let mut claims = issuer.claims("eve");
        claims[key] = value;
        issuer.sign(&issuer.header(), &claims)
    };
    let header = |key: &str, value: Value| {
        let mut header = issuer.header();
        header[key] = value;
        issuer.sign(&header, &issuer.claims("eve"))
    };
    let good = issuer.token("eve")?;
    let (signed, signature) = good.rsplit_once('.').context("a token has three parts")?;
    let another = issuer.token("somebody-else")?;
    let (foreign, _) = another.rsplit_once('.').context("a token has three parts")?;
    // The same name of the key, and another key.
    let forger = Identity::new(
        shop.deployment.output("TokenIssuer")?,
        shop.deployment.output("TokenClientId")?,
        issuer.key_id(),
    )?;
    let refused = [
        ("an expired one", with("exp", json!(1_700_000_000))?),
        ("one of another issuer", with("iss", json!("https://issuer.example"))?),
        ("one for another client", with("client_id", json!("another"))?),
        ("one for another use", with("token_use", json!("refresh"))?),
        ("one of the future", with("iat", json!(4_000_000_000_u64))?),
        ("one without a subject", with("sub", Value::Null)?),
        (
            "one that says it is not signed",
            format!(
                "{}.",
                header("alg", json!("none"))?.rsplit_once('.').unwrap_or_default().0
            ),
        ),
        ("one by a secret", header("alg", json!("HS256"))?),
        ("one by another algorithm", header("alg", json!("RS512"))?),
        ("one with what is critical", header("crit", json!(["exp"]))?),
        (
            "one whose signature was cut",
            format!("{signed}.{}", &signature[..signature.len() - 4]),
        ),
        ("one with the signature of another", format!("{foreign}.{signature}")),
        ("one by somebody else's key", forger.token("eve")?),
        ("none at all", "nonsense".to_owned()),
    ];
    for (what, token) in refused {
        let mut eve = Shopper {
            token: Some(token),
            cookie: None,
        };
        let answer = eve.call(shop, &Call::List)?;
        expect(&answer, 401).context(what)?;
        let challenge = answer.header("www-authenticate").unwrap_or_default();
        ensure!(challenge.starts_with("Bearer"), "{what}: {:?}", answer.headers);
        ensure!(
            answer.header("set-cookie").is_none(),
            "{what}: taken for somebody without a token"
        );
    }
    for (what, token) in [
        ("the access token", good.clone()),
        ("an id token", issuer.sign(&issuer.header(), &id_claims(issuer))?),
    ] {
        let mut eve = Shopper {
            token: Some(token),
            cookie: None,
        };
        expect(&eve.call(shop, &Call::List)?, 200).context(what)?;
    }
    Ok(())
}

/// An id token names the client as its audience.
fn id_claims(issuer: &Identity) -> Value {
    let mut claims = issuer.claims("eve");
    claims["token_use"] = "id".into();
    claims["aud"] = claims["client_id"].take();
    claims
}

pub(super) fn rotated_keys(suite: &Suite) -> Result<()> {
    let shop = &suite.shop;
    let (issuer, client_id) = (
        shop.deployment.output("TokenIssuer")?,
        shop.deployment.output("TokenClientId")?,
    );
    let next = Identity::new(issuer, client_id, "2026-02")?;
    let mut shopper = Shopper {
        token: Some(next.token("rotated")?),
        cookie: None,
    };
    // This function has read the set, and not yet anew.
    expect(&Shopper::signed_in(shop, "rotated")?.call(shop, &Call::Checkout)?, 409)?;
    shop.publish(&[&shop.identity, &next])?;
    let answer = shopper.call(shop, &Call::Checkout)?;
    expect(&answer, 409).context("the new key was not looked for")?;
    expect(&Shopper::signed_in(shop, "rotated")?.call(shop, &Call::Checkout)?, 409)?;

    // Once a minute only, so that made-up names of keys do not have the store called each time.
    let third = Identity::new(issuer, client_id, "2026-03")?;
    shop.publish(&[&shop.identity, &next, &third])?;
    shopper.token = Some(third.token("rotated")?);
    expect(&shopper.call(shop, &Call::Checkout)?, 401).context("the set was read again within a minute")
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

/// Fails where an answer has another status, or is an error that does not say why.
fn expect(answer: &Answer, status: u16) -> Result<()> {
    ensure!(
        answer.status == status,
        "{status} was expected, {} came: {}",
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
