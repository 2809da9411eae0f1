//! [`segment_id`], ids of subsegments and exceptions.

use std::hash::{BuildHasher, RandomState};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use powertools_lambda_core::SegmentId;

/// Returns a unique id for a span.
///
/// The counter distinguishes the ids of one process, the seed those of two processes, and the clock those of two
/// environments that were restored from one snapshot and share counter and seed.
pub(crate) fn segment_id(now: SystemTime) -> SegmentId {
    SegmentId::from(mixed(seed(), now, serial()))
}

fn mixed(seed: u64, now: SystemTime, serial: u64) -> u64 {
    let nanos = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
    #[allow(clippy::cast_possible_truncation)] // only the low bits change
    let clock = mix(seed ^ nanos as u64);
    mix(clock.wrapping_add(serial.wrapping_mul(GOLDEN))).max(1)
}

/// Returns the next number of the process.
pub(crate) fn serial() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    *SEED.get_or_init(|| RandomState::new().hash_one(GOLDEN))
}

/// 2^64 divided by the golden ratio: consecutive multiples are spread evenly.
const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finalizer of splitmix64, a bijection whose every output bit depends on every input bit.
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::time::Duration;

    use super::*;

    #[test]
    fn ids_differ_while_the_clock_does_not_advance() {
        let ids: HashSet<_> = (0..100_000).map(|_| segment_id(UNIX_EPOCH)).collect();
        assert_eq!(ids.len(), 100_000);
    }

    #[test]
    fn environments_restored_from_one_snapshot_make_different_ids() {
        // Seed and counter are in the snapshot; the clock is not.
        let (seed, serial) = (seed(), 7);
        let restored = |nanos| mixed(seed, UNIX_EPOCH + Duration::from_nanos(nanos), serial);
        let ids: HashSet<_> = (0..100_000).map(restored).collect();
        assert_eq!(ids.len(), 100_000);
    }
}
