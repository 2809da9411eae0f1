//! Checks valid tokens of signed-in shoppers, and tokens that must be rejected.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::contract::expect;
use super::suite::Suite;
use crate::shopping_cart::{Call, Identity, Shopper};

pub(super) fn verified(suite: &Suite) -> Result<()> {
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
    // A different key with the same id.
    let forger = Identity::new(
        shop.deployment.output("TokenIssuer")?,
        shop.deployment.output("TokenClientId")?,
        issuer.key_id(),
    )?;
    let refused = [
        ("an expired one", with("exp", json!(1_700_000_000))?),
        ("one from another issuer", with("iss", json!("https://issuer.example"))?),
        ("one for another client", with("client_id", json!("another"))?),
        ("one for another use", with("token_use", json!("refresh"))?),
        ("one issued in the future", with("iat", json!(4_000_000_000_u64))?),
        ("one without a subject", with("sub", Value::Null)?),
        (
            "one that claims to be unsigned",
            format!(
                "{}.",
                header("alg", json!("none"))?.rsplit_once('.').unwrap_or_default().0
            ),
        ),
        ("one signed with a shared secret", header("alg", json!("HS256"))?),
        ("one with another algorithm", header("alg", json!("RS512"))?),
        ("one with a critical header", header("crit", json!(["exp"]))?),
        (
            "one with a truncated signature",
            format!("{signed}.{}", &signature[..signature.len() - 4]),
        ),
        ("one with another token's signature", format!("{foreign}.{signature}")),
        ("one signed with another key", forger.token("eve")?),
        ("one that is not a token", "nonsense".to_owned()),
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
            "{what}: treated as a request without a token"
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

/// Returns the claims of an id token, which names the client as its audience.
fn id_claims(issuer: &Identity) -> Value {
    let mut claims = issuer.claims("eve");
    claims["token_use"] = "id".into();
    claims["aud"] = claims["client_id"].take();
    claims
}

pub(super) fn rotated(suite: &Suite) -> Result<()> {
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
    // This function has read the key set, but not again yet.
    expect(&Shopper::signed_in(shop, "rotated")?.call(shop, &Call::Checkout)?, 409)?;
    shop.publish(&[&shop.identity, &next])?;
    let answer = shopper.call(shop, &Call::Checkout)?;
    expect(&answer, 409).context("the new key was not fetched")?;
    expect(&Shopper::signed_in(shop, "rotated")?.call(shop, &Call::Checkout)?, 409)?;

    // The key set is read again at most once a minute, so that invented key ids do not cause a call of the store each
    // time.
    let third = Identity::new(issuer, client_id, "2026-03")?;
    shop.publish(&[&shop.identity, &next, &third])?;
    shopper.token = Some(third.token("rotated")?);
    expect(&shopper.call(shop, &Call::Checkout)?, 401).context("the set was read again within a minute")
}
