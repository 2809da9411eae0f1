//! `seconds`, the time as it is stored.

use std::time::UNIX_EPOCH;

use powertools_lambda::core::Clock;

/// Returns the time in seconds since the Unix epoch.
pub fn seconds(clock: &Clock) -> u64 {
    let since_epoch = clock.now().duration_since(UNIX_EPOCH);
    since_epoch.unwrap_or_default().as_secs()
}
