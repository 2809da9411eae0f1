//! How long to wait for a store that may never answer.

use std::time::Duration;

use powertools_lambda_core::Invocation;

/// How long a request waits if it can return an older answer.
const LIMIT: Duration = Duration::from_secs(1);

/// How long a call continues after its request ended.
///
/// Other requests may use its answer, so it must not end with its request. But the connection of a call that was frozen with
/// the environment may be dead, and then the next request must be able to call again.
pub(crate) const ABANDONED: Duration = Duration::from_secs(30);

/// Returns how long a request that can return an older answer waits for the store: so short that several such requests, one
/// after the other, end before the deadline of their invocation.
pub(crate) fn limit() -> Duration {
    half_of_remaining().map_or(LIMIT, |half| half.min(LIMIT))
}

/// Returns half of the invocation's remaining time.
pub(crate) fn half_of_remaining() -> Option<Duration> {
    let remaining = Invocation::with_current(Invocation::remaining_time).flatten();
    remaining.map(|remaining| remaining / 2)
}

/// Waits for `future`; returns `None` if it takes longer than `limit`.
///
/// There is no limit without a Tokio runtime, whose timer measures it.
pub(crate) async fn at_most<F: Future>(limit: Option<Duration>, future: F) -> Option<F::Output> {
    match limit {
        Some(limit) if tokio::runtime::Handle::try_current().is_ok() => tokio::time::timeout(limit, future).await.ok(),
        _ => Some(future.await),
    }
}
