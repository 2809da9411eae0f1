//! Writes on a thread of its own what may block near a deadline, so that the watch never does.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::invocation::Invocation;

/// An invocation, and the place of the utility in it that is to write.
pub(super) type Write = (Invocation, usize);

struct Writer {
    waiting: VecDeque<Write>,
    /// Whether there is a thread, which ends when nothing waits any more.
    running: bool,
}

static WRITER: Mutex<Writer> = Mutex::new(Writer {
    waiting: VecDeque::new(),
    running: false,
});

/// Has these utilities write, in this order, behind those that wait already.
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
        // Without a thread the watch has to write by itself: late is better than never.
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
        // Utilities run guarded, but the last handle of an invocation drops their states.
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
