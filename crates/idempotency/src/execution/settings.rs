//! [`Settings`], everything that the executions of a use share.

use std::sync::Arc;
use std::time::Duration;

use powertools_lambda_core::Environment;

use super::lock::Lock;
use crate::cache::LocalCache;
use crate::policies::{MissingKeyPolicy, StoreFailurePolicy};
use crate::{KeyHash, Store};

pub(crate) struct Settings {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) key_prefix: String,
    pub(crate) key_hash: KeyHash,
    pub(crate) expires_after: Duration,
    pub(crate) lock: Lock,
    pub(crate) cache: Option<LocalCache>,
    pub(crate) missing_key: MissingKeyPolicy,
    pub(crate) store_failure: StoreFailurePolicy,
    pub(crate) is_disabled: bool,
    pub(crate) environment: Environment,
}

impl Settings {
    pub(super) fn now(&self) -> u64 {
        self.environment.clock().timestamp().as_millis()
    }

    /// Returns when a record expires whose answer is known at `now`, in seconds.
    pub(super) fn expires_at(&self, now: u64) -> u64 {
        (now / 1_000).saturating_add(self.expires_after.as_secs())
    }
}
