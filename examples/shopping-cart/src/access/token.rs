//! Verifies the tokens of signed-in shoppers: JSON Web Tokens in Amazon Cognito's format.

use std::time::UNIX_EPOCH;

use aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use powertools_lambda::core::Clock;
use powertools_lambda::parameters::{GetError, Provider};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::{KeySet, Subject, TokenError};

/// The maximum length of a token; Cognito's have about 1 KiB.
const MAX_LEN: usize = 8 * 1024;

/// How far the issuer's clock may be ahead of ours, in seconds.
const CLOCK_SKEW: f64 = 60.0;

/// Verifies tokens.
#[derive(Debug)]
pub struct Verifier<P: Provider> {
    keys: KeySet<P>,
    issuer: String,
    client_id: String,
    clock: Clock,
}

/// A token could not be verified.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It cannot be trusted.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The keys cannot be read, so the token cannot be verified.
    #[error("the token keys cannot be read")]
    Keys(#[from] GetError),
}

impl<P: Provider> Verifier<P> {
    pub(crate) fn new(keys: KeySet<P>, issuer: String, client_id: String, clock: Clock) -> Self {
        Self {
            keys,
            issuer,
            client_id,
            clock,
        }
    }

    /// Returns the subject of a token, if the token can be trusted.
    ///
    /// The key determines the algorithm. A header with another algorithm is rejected; a key in the header (`jwk`,
    /// `jku`, `x5c`, `x5u`) is ignored.
    ///
    /// # Errors
    ///
    /// If the token cannot be trusted or verified.
    pub async fn verify(&self, token: &str) -> Result<Subject, VerifyError> {
        let parts = Parts::of(token).ok_or(TokenError::Malformed)?;
        let header: Header = decode(parts.header).ok_or(TokenError::Malformed)?;
        if header.alg != "RS256" {
            return Err(TokenError::Algorithm.into());
        }
        // Critical extensions must be supported, and none is.
        if header.crit.is_some() {
            return Err(TokenError::Malformed.into());
        }
        let kid = header.kid.ok_or(TokenError::UnknownKey)?;
        let key = self.keys.find(&kid).await?.ok_or(TokenError::UnknownKey)?;
        let signature = URL_SAFE_NO_PAD.decode(parts.signature);
        let signature = signature.map_err(|_| TokenError::Malformed)?;
        key.verify(&RSA_PKCS1_2048_8192_SHA256, parts.signed.as_bytes(), &signature)
            .map_err(|_| TokenError::Signature)?;
        let claims: Claims = decode(parts.payload).ok_or(TokenError::Malformed)?;
        Ok(self.check(claims)?)
    }

    fn check(&self, claims: Claims) -> Result<Subject, TokenError> {
        if claims.iss != self.issuer {
            return Err(TokenError::Issuer);
        }
        // Cognito's two kinds of tokens name the application in different claims.
        let is_ours = match claims.token_use.as_str() {
            "access" => claims.client_id.as_deref() == Some(&self.client_id),
            "id" => claims.aud.is_some_and(|audience| audience.names(&self.client_id)),
            _ => false,
        };
        if !is_ours {
            return Err(TokenError::Audience);
        }
        let now = self.clock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = now.as_secs_f64();
        if now >= claims.exp {
            return Err(TokenError::Expired);
        }
        let latest = now + CLOCK_SKEW;
        if [claims.nbf, claims.iat].into_iter().flatten().any(|time| time > latest) {
            return Err(TokenError::NotYet);
        }
        Subject::new(claims.sub).ok_or(TokenError::Malformed)
    }
}

struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// The signed text: header and payload, unchanged.
    signed: &'a str,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Option<Self> {
        if token.len() > MAX_LEN {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        (!payload.contains('.')).then_some(Self {
            header,
            payload,
            signature,
            signed,
        })
    }
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
}

/// The claims. Times are in seconds since the epoch, possibly with fractions.
#[derive(Deserialize)]
struct Claims {
    iss: String,
    sub: String,
    token_use: String,
    exp: f64,
    nbf: Option<f64>,
    iat: Option<f64>,
    aud: Option<Audience>,
    client_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn names(&self, client_id: &str) -> bool {
        match self {
            Self::One(name) => name == client_id,
            Self::Many(names) => names.iter().any(|name| name == client_id),
        }
    }
}

fn decode<T: DeserializeOwned>(part: &str) -> Option<T> {
    let json = URL_SAFE_NO_PAD.decode(part).ok()?;
    serde_json::from_slice(&json).ok()
}
