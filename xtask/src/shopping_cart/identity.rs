//! [`Identity`]: signs shoppers in, as a Cognito user pool does, with a key set and tokens signed with its key.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// An issuer of tokens, with a generated key.
pub(crate) struct Identity {
    key: KeyPair,
    key_id: String,
    issuer: String,
    client_id: String,
}

/// How long a token is valid, in seconds.
const LIFETIME: u64 = 3_600;

impl Identity {
    pub(crate) fn new(issuer: &str, client_id: &str, key_id: &str) -> Result<Self> {
        Ok(Self {
            key: KeyPair::generate(KeySize::Rsa2048).context("cannot generate a key")?,
            key_id: key_id.to_owned(),
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
        })
    }

    pub(crate) fn key_id(&self) -> &str {
        &self.key_id
    }

    /// Returns the public key in the format of a key set.
    pub(crate) fn public_key(&self) -> Value {
        let public = self.key.public_key().as_ref();
        // RFC 8017, A.1.1: a sequence of the modulus, 257 bytes with a leading zero, and the exponent, 3 bytes.
        let (modulus, exponent) = (&public[9..265], &public[267..]);
        json!({
            "kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.key_id,
            "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
        })
    }

    /// Returns an access token of a shopper.
    pub(crate) fn token(&self, subject: &str) -> Result<String> {
        self.sign(&self.header(), &self.claims(subject))
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "alg": "RS256", "typ": "JWT", "kid": self.key_id })
    }

    /// Returns the claims of an access token in Cognito's format.
    pub(crate) fn claims(&self, subject: &str) -> Value {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
            .as_secs();
        json!({
            "sub": subject, "iss": self.issuer, "client_id": self.client_id, "token_use": "access",
            "scope": "openid", "auth_time": now, "iat": now, "exp": now + LIFETIME,
        })
    }

    /// Signs any header and claims, so that tests can create tokens that must be rejected.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> Result<String> {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", part(header), part(claims));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key
            .sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message.as_bytes(),
                &mut signature,
            )
            .context("the token cannot be signed")?;
        Ok(format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}
