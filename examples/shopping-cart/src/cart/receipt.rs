//! [`Receipt`]: the stored answer to a request that may be repeated.

use serde::{Deserialize, Serialize};

use crate::api::{Refusal, RequestKey};
use crate::table::Key;

/// How long an answer is kept: one day, in seconds.
pub(super) const RECEIPT_SECONDS: u64 = 24 * 60 * 60;

const PREFIX: &str = "request#";

/// The answer to a request, written in the same transaction as its effects.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Receipt {
    pub(super) pk: String,
    pub(super) sk: String,
    /// The request.
    request: String,
    /// The answer's JSON.
    answer: String,
    pub(super) expiration_time: u64,
}

impl Receipt {
    pub(super) fn new(
        partition: &str,
        key: &RequestKey,
        request: &str,
        answer: &impl Serialize,
        expiration_time: u64,
    ) -> Result<Self, serde_json::Error> {
        Ok(Self {
            pk: partition.to_owned(),
            sk: sort_key(key),
            request: request.to_owned(),
            answer: serde_json::to_string(answer)?,
            expiration_time,
        })
    }

    /// Returns the answer to the same request.
    ///
    /// # Errors
    ///
    /// [`Refusal::OtherRequest`] if it is a different request.
    pub(super) fn answer<T: for<'a> Deserialize<'a>>(&self, request: &str) -> Result<T, lambda_runtime::Error> {
        if self.request != request {
            return Err(Refusal::OtherRequest.into());
        }
        Ok(serde_json::from_str(&self.answer)?)
    }
}

pub(super) fn key_of(partition: &str, key: &RequestKey) -> Key {
    Key {
        partition: partition.to_owned(),
        sort: Some(sort_key(key)),
    }
}

fn sort_key(key: &RequestKey) -> String {
    format!("{PREFIX}{}", key.as_str())
}
