//! [`KeySet`]: the issuer's public keys.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_lc_rs::signature::RsaPublicKeyComponents;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use powertools_lambda::core::Clock;
use powertools_lambda::parameters::{GetError, Parameters, Provider};
use serde::Deserialize;

/// The minimum time between two reads of the set for unknown keys.
///
/// It applies to the whole process, so that tokens with invented keys do not cause a call of the store each time.
const REFETCH_INTERVAL: Duration = Duration::from_mins(1);

/// The issuer's keys: a JSON Web Key Set in a parameter.
#[derive(Debug)]
pub(crate) struct KeySet<P: Provider> {
    parameters: Parameters<P>,
    name: String,
    clock: Clock,
    refetched: Mutex<Option<Moment>>,
}

/// A point in time on two clocks, because the monotonic clock may stop while the environment is frozen.
type Moment = (SystemTime, Duration);

/// An RSA key that verifies only RS256 signatures.
pub(crate) type Rs256Key = RsaPublicKeyComponents<Vec<u8>>;

impl<P: Provider> KeySet<P> {
    pub(crate) fn new(parameters: Parameters<P>, name: String, clock: Clock) -> Self {
        Self {
            parameters,
            name,
            clock,
            refetched: Mutex::new(None),
        }
    }

    /// Reads the set before its first use. An error is ignored here, and reported by that use.
    pub(crate) async fn prefetch(&self) {
        let _ = self.parameters.get(&self.name).json::<JsonWebKeys>().await;
    }

    /// Returns the key with the id `kid`; `None` if the issuer has no such key for RS256.
    pub(super) async fn find(&self, kid: &str) -> Result<Option<Rs256Key>, GetError> {
        let keys = self.parameters.get(&self.name).json::<JsonWebKeys>().await?;
        if let Some(key) = keys.find(kid) {
            return Ok(Some(key));
        }
        if !self.may_refetch() {
            return Ok(None);
        }
        let keys = self
            .parameters
            .get(&self.name)
            .force_fetch()
            .json::<JsonWebKeys>()
            .await?;
        Ok(keys.find(kid))
    }

    /// Returns whether the set may be read again now, and if so, records the read.
    fn may_refetch(&self) -> bool {
        let now = (self.clock.now(), self.clock.monotonic());
        let mut refetched = self.refetched.lock().unwrap_or_else(PoisonError::into_inner);
        let due = refetched.is_none_or(|(wall, monotonic)| {
            let by_wall = now.0.duration_since(wall).unwrap_or_default();
            by_wall.max(now.1.saturating_sub(monotonic)) >= REFETCH_INTERVAL
        });
        if due {
            *refetched = Some(now);
        }
        due
    }
}

#[derive(Deserialize)]
struct JsonWebKeys {
    keys: Vec<JsonWebKey>,
}

/// A key of any kind; other kinds do not have all of these fields.
#[derive(Deserialize)]
struct JsonWebKey {
    kid: Option<String>,
    kty: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl JsonWebKeys {
    fn find(&self, kid: &str) -> Option<Rs256Key> {
        let mut keys = self.keys.iter().filter(|key| key.kid.as_deref() == Some(kid));
        keys.find_map(JsonWebKey::rs256)
    }
}

impl JsonWebKey {
    /// Returns the key if it is an RS256 key, which is decided by the key and never by the token.
    fn rs256(&self) -> Option<Rs256Key> {
        let for_signatures = self.usage.as_deref().is_none_or(|usage| usage == "sig");
        if self.kty.as_deref() != Some("RSA") || self.alg.as_deref() != Some("RS256") || !for_signatures {
            return None;
        }
        let number = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_deref()?).ok();
        Some(RsaPublicKeyComponents {
            n: number(&self.n)?,
            e: number(&self.e)?,
        })
    }
}
