//! Tests which tokens are trusted, and how often the keys are read.

use std::time::Duration;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::hmac;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA512, RsaEncoding, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use powertools_lambda::parameters::{Parameters, ProviderError};
use powertools_lambda::test_util::{MapProvider, TestEnvironment};
use serde_json::{Value, json};

use super::{KeySet, TokenError, Verifier, VerifyError};

const ISSUER: &str = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_shop";
const CLIENT: &str = "web";
const KEYS: &str = "/shop/token-keys";

/// 2026-01-15T10:30:00Z, the time at which a [`TestEnvironment`] starts.
const NOW: u64 = 1_768_473_000;

/// An issuer of tokens, and the function that verifies them.
struct World {
    environment: TestEnvironment,
    store: MapProvider,
    verifier: Verifier<MapProvider>,
    issuer: Issuer,
}

/// A key pair with its id.
struct Issuer {
    kid: &'static str,
    pair: RsaKeyPair,
}

impl Issuer {
    fn new(kid: &'static str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        Self { kid, pair }
    }

    /// Returns the public key in the format of a key set.
    fn public(&self) -> Value {
        let (n, e) = public_numbers(self.pair.public_key().as_ref());
        let [n, e] = [n, e].map(|number| URL_SAFE_NO_PAD.encode(number));
        json!({"kid": self.kid, "kty": "RSA", "alg": "RS256", "use": "sig", "n": n, "e": e})
    }

    fn sign(&self, header: &Value, claims: &Value) -> String {
        self.sign_by(&RSA_PKCS1_SHA256, header, claims)
    }

    fn sign_by(&self, algorithm: &'static dyn RsaEncoding, header: &Value, claims: &Value) -> String {
        let signed = signed_part(header, claims);
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let random = SystemRandom::new();
        self.pair
            .sign(algorithm, &random, signed.as_bytes(), &mut signature)
            .unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

impl World {
    fn new() -> Self {
        let (environment, store, issuer) = (TestEnvironment::new(), MapProvider::new(), Issuer::new("key-1"));
        store.put(KEYS, json!({"keys": [issuer.public()]}).to_string());
        let clock = environment.environment().clock().clone();
        let parameters = Parameters::builder(store.clone())
            .max_age(Duration::from_mins(5))
            .environment(&environment)
            .build();
        let keys = KeySet::new(parameters, KEYS.to_owned(), clock.clone());
        let verifier = Verifier::new(keys, ISSUER.to_owned(), CLIENT.to_owned(), clock);
        Self {
            environment,
            store,
            verifier,
            issuer,
        }
    }

    fn publish(&self, keys: &[&Issuer]) {
        let keys: Vec<_> = keys.iter().map(|issuer| issuer.public()).collect();
        self.store.put(KEYS, json!({ "keys": keys }).to_string());
    }

    async fn verify(&self, token: &str) -> Result<String, TokenError> {
        match self.verifier.verify(token).await {
            Ok(subject) => Ok(subject.to_string()),
            Err(VerifyError::Token(error)) => Err(error),
            Err(VerifyError::Keys(error)) => panic!("{error}"),
        }
    }

    async fn refusal(&self, token: &str) -> TokenError {
        self.verify(token).await.expect_err("the token is refused")
    }

    /// Verifies a token of the issuer with some claims changed; `null` removes a claim.
    async fn with_claims(&self, changes: Value) -> Result<String, TokenError> {
        let mut claims = access_claims();
        for (name, value) in changes.as_object().unwrap() {
            claims[name] = value.clone();
        }
        claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        self.verify(&self.issuer.sign(&header(), &claims)).await
    }
}

fn header() -> Value {
    json!({"alg": "RS256", "kid": "key-1"})
}

fn access_claims() -> Value {
    json!({
        "iss": ISSUER, "sub": "alice", "token_use": "access", "client_id": CLIENT,
        "iat": NOW - 60, "exp": NOW + 3_600,
    })
}

fn signed_part(header: &Value, claims: &Value) -> String {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}")
}

/// Reads the modulus and the exponent from the ASN.1 of a public key: a sequence of two numbers.
fn public_numbers(der: &[u8]) -> (Vec<u8>, Vec<u8>) {
    fn element(der: &[u8]) -> (&[u8], &[u8]) {
        let (length, header) = match der[1] {
            short if short < 0x80 => (usize::from(short), 2),
            long => {
                let bytes = usize::from(long & 0x7f);
                let length = der[2..2 + bytes]
                    .iter()
                    .fold(0, |length, byte| length << 8 | usize::from(*byte));
                (length, 2 + bytes)
            }
        };
        (&der[header..header + length], &der[header + length..])
    }
    let number = |bytes: &[u8]| bytes.iter().copied().skip_while(|byte| *byte == 0).collect();
    let (sequence, _) = element(der);
    let (n, rest) = element(sequence);
    let (e, _) = element(rest);
    (number(n), number(e))
}

#[tokio::test]
async fn an_access_token_and_an_id_token_are_trusted() {
    let world = World::new();
    assert_eq!(world.with_claims(json!({})).await.unwrap(), "alice");
    let id = json!({"token_use": "id", "aud": CLIENT, "client_id": null});
    assert_eq!(world.with_claims(id).await.unwrap(), "alice");
    let id = json!({"token_use": "id", "aud": ["phone", CLIENT], "client_id": null});
    assert_eq!(world.with_claims(id).await.unwrap(), "alice");
}

#[tokio::test]
async fn a_token_without_signature_is_refused() {
    let world = World::new();
    for alg in ["none", "None", "NONE", ""] {
        let unsigned = signed_part(&json!({"alg": alg, "kid": "key-1"}), &access_claims());
        assert_eq!(world.refusal(&format!("{unsigned}.")).await, TokenError::Algorithm);
    }
    let unsigned = signed_part(&header(), &access_claims());
    assert_eq!(world.refusal(&format!("{unsigned}.")).await, TokenError::Signature);
}

#[tokio::test]
async fn the_public_key_is_not_accepted_as_an_hmac_secret() {
    let world = World::new();
    for secret in [
        world.issuer.pair.public_key().as_ref().to_vec(),
        world.issuer.pair.public_key().as_der().unwrap().as_ref().to_vec(),
        world.issuer.public()["n"].as_str().unwrap().as_bytes().to_vec(),
    ] {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &secret);
        for (alg, expected) in [("HS256", TokenError::Algorithm), ("RS256", TokenError::Signature)] {
            let signed = signed_part(&json!({"alg": alg, "kid": "key-1"}), &access_claims());
            let tag = URL_SAFE_NO_PAD.encode(hmac::sign(&key, signed.as_bytes()));
            assert_eq!(world.refusal(&format!("{signed}.{tag}")).await, expected);
        }
    }
}

#[tokio::test]
async fn the_key_determines_the_algorithm() {
    let world = World::new();
    let claims = access_claims();
    let token = world
        .issuer
        .sign_by(&RSA_PKCS1_SHA512, &json!({"alg": "RS512", "kid": "key-1"}), &claims);
    assert_eq!(world.refusal(&token).await, TokenError::Algorithm);
    let token = world.issuer.sign_by(&RSA_PKCS1_SHA512, &header(), &claims);
    assert_eq!(world.refusal(&token).await, TokenError::Signature);

    for (name, value) in [("alg", "RS512"), ("kty", "EC"), ("use", "enc")] {
        let world = World::new();
        let mut key = world.issuer.public();
        key[name] = value.into();
        let keys = json!({ "keys": [key] }).to_string();
        world.store.put(KEYS, keys);
        let token = world.issuer.sign(&header(), &claims);
        assert_eq!(world.refusal(&token).await, TokenError::UnknownKey, "{name}");
    }
}

#[tokio::test]
async fn a_key_in_the_header_is_ignored() {
    let world = World::new();
    let forger = Issuer::new("forged");
    for (kid, expected) in [("key-1", TokenError::Signature), ("forged", TokenError::UnknownKey)] {
        let header = json!({"alg": "RS256", "kid": kid, "jwk": forger.public(), "jku": "https://forger.example/keys"});
        assert_eq!(world.refusal(&forger.sign(&header, &access_claims())).await, expected);
    }
    let no_kid = forger.sign(&json!({"alg": "RS256"}), &access_claims());
    assert_eq!(world.refusal(&no_kid).await, TokenError::UnknownKey);
    let critical = world.issuer.sign(
        &json!({"alg": "RS256", "kid": "key-1", "crit": ["b64"], "b64": false}),
        &access_claims(),
    );
    assert_eq!(world.refusal(&critical).await, TokenError::Malformed);
}

#[tokio::test]
async fn a_changed_token_is_refused() {
    let world = World::new();
    let token = world.issuer.sign(&header(), &access_claims());
    let parts: Vec<_> = token.split('.').collect();
    let mut claims = access_claims();
    claims["sub"] = "mallory".into();
    let forged = URL_SAFE_NO_PAD.encode(claims.to_string());
    let forged = [parts[0], &forged, parts[2]].join(".");
    assert_eq!(world.refusal(&forged).await, TokenError::Signature);
}

#[tokio::test]
async fn a_malformed_token_is_refused() {
    let world = World::new();
    let token = world.issuer.sign(&header(), &access_claims());
    let long = "x".repeat(9_000);
    for bad in [
        "",
        "a",
        "a.b",
        "a.b.c",
        "..",
        &format!("{token}.x"),
        &format!("x.{token}"),
        &format!("{token}="),
        &long,
    ] {
        assert_eq!(world.refusal(bad).await, TokenError::Malformed, "{bad}");
    }
    let no_claims = world.issuer.sign(&header(), &json!(["alice"]));
    assert_eq!(world.refusal(&no_claims).await, TokenError::Malformed);
}

#[tokio::test]
async fn each_claim_is_checked() {
    let world = World::new();
    for (changes, expected) in [
        (json!({"iss": "https://forger.example"}), TokenError::Issuer),
        (json!({"iss": format!("{ISSUER}/")}), TokenError::Issuer),
        (json!({"iss": null}), TokenError::Malformed),
        (json!({"client_id": "phone"}), TokenError::Audience),
        (json!({"client_id": null}), TokenError::Audience),
        // The audience is not accepted in an access token, nor the client in an id token.
        (json!({"client_id": null, "aud": CLIENT}), TokenError::Audience),
        (json!({"token_use": "id"}), TokenError::Audience),
        (json!({"token_use": "id", "aud": "phone"}), TokenError::Audience),
        (json!({"token_use": "id", "aud": []}), TokenError::Audience),
        (json!({"token_use": "refresh"}), TokenError::Audience),
        (json!({"token_use": null}), TokenError::Malformed),
        (json!({"exp": NOW}), TokenError::Expired),
        (json!({"exp": NOW - 1}), TokenError::Expired),
        (json!({"exp": null}), TokenError::Malformed),
        (json!({"exp": "never"}), TokenError::Malformed),
        (json!({"nbf": NOW + 120}), TokenError::NotYet),
        (json!({"iat": NOW + 120}), TokenError::NotYet),
        (json!({"sub": ""}), TokenError::Malformed),
        (json!({"sub": "x".repeat(256)}), TokenError::Malformed),
        (json!({"sub": null}), TokenError::Malformed),
    ] {
        assert_eq!(world.with_claims(changes.clone()).await, Err(expected), "{changes}");
    }
    for changes in [
        json!({"nbf": NOW + 30}),
        json!({"iat": null}),
        json!({"exp": 1_768_473_600.5}),
    ] {
        assert_eq!(
            world.with_claims(changes.clone()).await.as_deref(),
            Ok("alice"),
            "{changes}"
        );
    }
}

#[tokio::test]
async fn a_token_expires_while_the_function_lives() {
    let world = World::new();
    let token = world.issuer.sign(&header(), &access_claims());
    assert!(world.verify(&token).await.is_ok());
    world.environment.clock().advance(Duration::from_hours(1));
    assert_eq!(world.refusal(&token).await, TokenError::Expired);
}

#[tokio::test]
async fn a_new_key_is_found_at_once() {
    let world = World::new();
    let token = world.issuer.sign(&header(), &access_claims());
    assert!(world.verify(&token).await.is_ok());
    let next = Issuer::new("key-2");
    world.publish(&[&world.issuer, &next]);
    let rotated = next.sign(&json!({"alg": "RS256", "kid": "key-2"}), &access_claims());
    assert_eq!(world.verify(&rotated).await.unwrap(), "alice");
    assert!(world.verify(&token).await.is_ok(), "the old key is still good");
    assert_eq!(world.store.calls().len(), 2);
}

#[tokio::test]
async fn the_set_is_read_at_most_once_a_minute_for_unknown_keys() {
    let world = World::new();
    let forger = Issuer::new("forged");
    let token = |kid: u32| {
        forger.sign(
            &json!({"alg": "RS256", "kid": format!("forged-{kid}")}),
            &access_claims(),
        )
    };
    for kid in 0..20 {
        assert_eq!(world.refusal(&token(kid)).await, TokenError::UnknownKey);
        world.environment.clock().advance(Duration::from_secs(2));
    }
    assert_eq!(
        world.store.calls().len(),
        2,
        "the first reading, and one for all unknown keys"
    );

    world.environment.clock().advance(Duration::from_secs(20));
    for kid in 20..40 {
        assert_eq!(world.refusal(&token(kid)).await, TokenError::UnknownKey);
    }
    assert_eq!(world.store.calls().len(), 3);

    // A frozen environment's monotonic clock stops.
    world.environment.clock().advance_wall(Duration::from_mins(1));
    assert_eq!(world.refusal(&token(40)).await, TokenError::UnknownKey);
    assert_eq!(world.store.calls().len(), 4);
}

#[tokio::test]
async fn an_unavailable_store_does_not_make_a_token_invalid() {
    let world = World::new();
    world
        .store
        .fail(|| ProviderError::unavailable(std::io::Error::other("reset")));
    let token = world.issuer.sign(&header(), &access_claims());
    let failed = world.verifier.verify(&token).await;
    assert!(matches!(failed, Err(VerifyError::Keys(_))), "{failed:?}");
    world.store.succeed();
    assert!(world.verify(&token).await.is_ok());
}

#[tokio::test]
async fn keys_of_other_kinds_are_ignored() {
    let world = World::new();
    let others = [
        json!({"kid": "key-1", "kty": "EC", "crv": "P-256"}),
        json!({"kty": "oct", "k": "c2VjcmV0"}),
        json!({}),
    ];
    let mut keys = others.to_vec();
    keys.push(world.issuer.public());
    world.store.put(KEYS, json!({ "keys": keys }).to_string());
    let token = world.issuer.sign(&header(), &access_claims());
    assert_eq!(world.verify(&token).await.unwrap(), "alice");
}
