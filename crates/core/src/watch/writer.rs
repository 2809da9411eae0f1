//! [`write`] calls utilities that may block near a deadline on a separate thread, so that the watch never blocks.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::invocation::Invocation;

/// An invocation, and the position of the utility in it to call.
pub(super) type Write = (Invocation, usize);

struct Writer {
    waiting: VecDeque<Write>,
    /// Whether the thread is running; it ends when nothing is left to write.
    running: bool,
}

static WRITER: Mutex<Writer> = Mutex::new(Writer {
    waiting: VecDeque::new(),
    running: false,
});

/// Calls these utilities in order, after those that are already waiting.
pub(super) fn write(due: Vec<Write>) {
    if due.is_empty() {
        return;
    }
    {
        let mut writer = lock();
        writer.waiting.extend(due);
        if std::mem::replace(&mut writer.running, true) {
            return;
        }
    }
    let thread = std::thread::Builder::new().name("powertools-writer".to_owned());
    if thread.spawn(run).is_err() {
        // Without a thread, the watch itself has to write: late is better than never.
        run();
    }
}

fn run() {
    loop {
        let next = {
            let mut writer = lock();
            let next = writer.waiting.pop_front();
            writer.running = next.is_some();
            next
        };
        let Some((invocation, place)) = next else { return };
        // Utilities are guarded, but dropping the last handle of an invocation drops their states.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            if let Some(member) = invocation.members().iter().nth(place) {
                invocation.notify_member(member);
            }
            drop(invocation);
        }));
    }
}

fn lock() -> MutexGuard<'static, Writer> {
    WRITER.lock().unwrap_or_else(PoisonError::into_inner)
}
