//! `TimeText`, the time of a record as text.

use powertools_lambda_core::Timestamp;

/// The length of the longest text, `2026-01-15T05:30:00.125-05:00`.
const MAX_LEN: usize = Timestamp::TEXT_LEN + 5;

/// A time as text: RFC 3339 with milliseconds, in UTC or with an offset.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct TimeText {
    bytes: [u8; MAX_LEN],
    length: usize,
    /// The second in UTC that the text is in; `None` for a text with an offset.
    second: Option<u64>,
}

impl TimeText {
    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    /// Sets the time in UTC; within the same second, only the milliseconds are written.
    pub(crate) fn set_utc(&mut self, timestamp: Timestamp) {
        let (second, millis) = (timestamp.as_millis() / 1_000, timestamp.as_millis() % 1_000);
        if self.second != Some(second) {
            self.bytes[..Timestamp::TEXT_LEN].copy_from_slice(&timestamp.to_rfc3339());
            self.length = Timestamp::TEXT_LEN;
            self.second = Some(second);
            return;
        }
        for (place, unit) in [(20, 100), (21, 10), (22, 1)] {
            #[allow(clippy::cast_possible_truncation)] // a single digit
            let digit = (millis / unit % 10) as u8;
            self.bytes[place] = b'0' + digit;
        }
    }

    /// Sets a local time and its offset, such as `-05:00`.
    #[cfg(feature = "time-zone")]
    pub(crate) fn set_local(&mut self, local: Timestamp, offset: [u8; 6]) {
        let (time, rest) = self.bytes.split_at_mut(Timestamp::TEXT_LEN - 1);
        time.copy_from_slice(&local.to_rfc3339()[..Timestamp::TEXT_LEN - 1]);
        rest.copy_from_slice(&offset);
        self.length = MAX_LEN;
        self.second = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cached_second_prints_like_a_fresh_one() {
        let mut text = TimeText::default();
        for millis in [
            1_768_473_000_125,
            1_768_473_000_999,
            1_768_473_001_000,
            0,
            7,
            1_768_473_000_042,
        ] {
            let timestamp = Timestamp::from_millis(millis);
            text.set_utc(timestamp);
            assert_eq!(text.as_bytes(), timestamp.to_rfc3339());
        }
    }

    #[cfg(feature = "time-zone")]
    #[test]
    fn a_time_in_utc_follows_one_with_an_offset() {
        let (mut text, timestamp) = (TimeText::default(), Timestamp::from_millis(1_768_473_000_125));
        text.set_utc(timestamp);
        text.set_local(timestamp, *b"-05:00");
        assert_eq!(text.as_bytes(), b"2026-01-15T10:30:00.125-05:00");
        text.set_utc(timestamp);
        assert_eq!(text.as_bytes(), timestamp.to_rfc3339());
    }
}
