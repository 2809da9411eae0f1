//! `Scratch`, the buffers that a thread reuses for each record.

use std::cell::Cell;
use std::fmt;

use powertools_lambda_core::Timestamp;

use super::fields::Fields;
use super::json::write_display;

/// The buffers in which a record is built.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) line: Vec<u8>,
    /// The message as JSON; empty for a record without a message.
    pub(crate) message: Vec<u8>,
    /// The fields of the event.
    pub(crate) fields: Fields,
    second: SecondText,
}

/// Larger buffers are freed, so that one large record does not hold its memory forever.
const MAX_KEPT: usize = 64 * 1_024;

thread_local! {
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

impl Scratch {
    /// Calls `f` with the thread's buffers, cleared.
    ///
    /// They are taken, not borrowed, so that a user's `Debug` that logs while a record is built gets other buffers.
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

    /// Sets the message of a record that is not an event.
    pub(crate) fn set_message(&mut self, message: impl fmt::Display) {
        write_display(&mut self.message, message);
    }

    /// Returns `timestamp` as RFC 3339; within the same second, only the milliseconds are formatted.
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

/// A second, and the text of a time within it.
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
