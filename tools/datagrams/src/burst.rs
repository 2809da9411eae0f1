//! What the two ends of a burst have to agree on.

/// How many invocations end at the same time.
pub(crate) const INVOCATIONS: usize = 64;
/// How often each burst is repeated.
pub(crate) const BURSTS: usize = 20;
/// The daemon's address, as in Lambda not on the loopback device.
pub(crate) const DAEMON: &str = "169.254.79.129:2000";
