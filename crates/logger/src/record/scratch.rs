//! Buffers that a thread uses again.

use std::cell::Cell;
use std::fmt;

use powertools_lambda_core::Timestamp;

use super::fields::Fields;
use super::json::write_display;

/// What a record is put together in.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) line: Vec<u8>,
    /// The message as JSON; empty where there is none.
    pub(crate) message: Vec<u8>,
    /// The fields of the event.
    pub(crate) fields: Fields,
    second: SecondText,
}

/// A buffer that grew beyond this is given back: one large record must not hold its memory for good.
const MAX_KEPT: usize = 64 * 1_024;

thread_local! {
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

impl Scratch {
    /// Calls `f` with the thread's buffers, emptied.
    ///
    /// They are taken, not borrowed: a user's `Debug` that logs while a record is made gets others.
    pub(crate) fn with<R>(f: impl FnOnce(&mut Self) -> R) -> R {
        let mut scratch = SCRATCH.try_with(Cell::take).ok().flatten().unwrap_or_default();
        scratch.line.clear();
        scratch.message.clear();
        scratch.fields.clear();
        let result = f(&mut scratch);
        if scratch.line.capacity() <= MAX_KEPT && scratch.fields.byte_len() <= MAX_KEPT {
            let _ = SCRATCH.try_with(|cell| cell.set(Some(scratch)));
        }
        result
    }

    /// Sets a message that is not an event's.
    pub(crate) fn set_message(&mut self, message: impl fmt::Display) {
        write_display(&mut self.message, message);
    }

    /// Returns the RFC 3339 form of `timestamp`; only the milliseconds are formatted while the second stays.
    pub(crate) fn rfc3339(&mut self, timestamp: Timestamp) -> [u8; Timestamp::TEXT_LEN] {
        let second = timestamp.as_millis() / 1_000;
        if self.second.0 != Some(second) {
            self.second = SecondText(Some(second), timestamp.to_rfc3339());
        }
        let mut text = self.second.1;
        let millis = timestamp.as_millis() % 1_000;
        for (place, unit) in [(20, 100), (21, 10), (22, 1)] {
            #[allow(clippy::cast_possible_truncation)] // a single digit
            let digit = (millis / unit % 10) as u8;
            text[place] = b'0' + digit;
        }
        text
    }
}

/// A second, and the text of a moment in it.
#[derive(Default)]
struct SecondText(Option<u64>, [u8; Timestamp::TEXT_LEN]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cached_second_prints_like_a_fresh_one() {
        let mut scratch = Scratch::default();
        for millis in [
            1_768_473_000_125,
            1_768_473_000_999,
            1_768_473_001_000,
            0,
            7,
            1_768_473_000_042,
        ] {
            let timestamp = Timestamp::from_millis(millis);
            assert_eq!(scratch.rfc3339(timestamp), timestamp.to_rfc3339());
        }
    }
}
