//! `Session`, the session of one configuration profile.

use std::time::Duration;

use powertools_lambda_core::Clock;

use crate::Value;
use crate::cache::Stamp;

#[derive(Clone, Default)]
pub(super) struct Session {
    /// Valid for one poll; `None` while a poll is under way.
    pub(super) token: Option<String>,
    begun: Option<Stamp>,
    /// The time of the last poll, and the minimum time until the next.
    polled: Option<(Stamp, Duration)>,
    /// The last content.
    pub(super) content: Option<Value>,
}

/// A token expires after 24 hours; the session is renewed a little earlier.
const LIFETIME: Duration = Duration::from_mins(23 * 60 + 45);

impl Session {
    pub(super) fn new(token: String, clock: &Clock) -> Self {
        Self {
            token: Some(token),
            begun: Some(Stamp::now(clock)),
            ..Self::default()
        }
    }

    /// Returns a copy of the session with the token, which this one no longer has.
    pub(super) fn take(&mut self) -> Self {
        let token = self.token.take();
        Self { token, ..self.clone() }
    }

    pub(super) fn is_alive(&self, clock: &Clock) -> bool {
        self.token.is_some() && self.begun.is_some_and(|begun| begun.age(clock) < LIFETIME)
    }

    /// Returns the last content, if AppConfig must not be polled yet.
    pub(super) fn content_not_to_be_polled(&self, clock: &Clock) -> Option<Value> {
        let (polled, interval) = self.polled?;
        self.content.clone().filter(|_| polled.age(clock) < interval)
    }

    pub(super) fn polled(&mut self, interval_seconds: i32, content: Option<Value>, clock: &Clock) {
        let seconds = u64::try_from(interval_seconds).unwrap_or_default();
        self.polled = Some((Stamp::now(clock), Duration::from_secs(seconds)));
        self.content = content;
    }
}
