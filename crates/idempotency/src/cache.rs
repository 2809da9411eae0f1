//! [`LocalCache`], completed records in the memory of an environment.

use std::sync::Arc;
use std::time::Duration;

use moka::future::Cache;
use moka::policy::EvictionPolicy;
use powertools_lambda_core::Clock;

use crate::Record;

/// The completed records that an environment has seen last.
#[derive(Clone, Debug)]
pub(crate) struct LocalCache {
    records: Cache<String, Arc<Cached>>,
    clock: Clock,
}

/// A record, and when it expires on the monotonic clock.
#[derive(Debug)]
pub(crate) struct Cached {
    pub(crate) record: Record,
    monotonic_end: Duration,
}

impl LocalCache {
    pub(crate) fn new(capacity: usize, clock: Clock) -> Self {
        let capacity = u64::try_from(capacity).unwrap_or(u64::MAX);
        let records = Cache::builder()
            .max_capacity(capacity)
            // The default policy does not keep newcomers at first; duplicates come soon after their first request.
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { records, clock }
    }

    /// Returns the record of a key, unless it has expired.
    ///
    /// The monotonic clock stops while an environment is frozen, and the wall clock can be set back. Both are compared,
    /// so that no record is used longer than it is valid.
    pub(crate) async fn get(&self, key: &str) -> Option<Arc<Cached>> {
        let cached = self.records.get(key).await?;
        let is_over = cached.record.is_over(self.clock.timestamp().as_millis());
        if is_over || self.clock.monotonic() > cached.monotonic_end {
            self.records.invalidate(key).await;
            return None;
        }
        Some(cached)
    }

    pub(crate) async fn put(&self, key: String, record: Record) {
        let now = self.clock.timestamp().as_millis();
        let left = record.expires_at.saturating_mul(1_000).saturating_sub(now);
        let monotonic_end = self.clock.monotonic().saturating_add(Duration::from_millis(left));
        let cached = Arc::new(Cached { record, monotonic_end });
        self.records.insert(key, cached).await;
    }
}
