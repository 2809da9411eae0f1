//! `Scratch`, the buffers that a thread reuses for each record.

use std::cell::Cell;
use std::fmt;

use super::fields::Fields;
use super::json::write_display;
use super::time_text::TimeText;

/// The buffers in which a record is built.
#[derive(Default)]
pub(crate) struct Scratch {
    pub(crate) line: Vec<u8>,
    /// The message as JSON; empty for a record without a message.
    pub(crate) message: Vec<u8>,
    /// The fields of the event.
    pub(crate) fields: Fields,
    /// The time of the last record; most of its text is also that of the next record.
    pub(crate) time: TimeText,
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
        let held = [
            scratch.line.capacity(),
            scratch.message.capacity(),
            scratch.fields.held(),
        ];
        if held.into_iter().all(|held| held <= MAX_KEPT) {
            let _ = SCRATCH.try_with(|cell| cell.set(Some(scratch)));
        }
        result
    }

    /// Sets the message of a record that is not an event.
    pub(crate) fn set_message(&mut self, message: impl fmt::Display) {
        write_display(&mut self.message, message);
    }
}
