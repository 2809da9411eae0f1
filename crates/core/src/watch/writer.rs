//! [`write`] calls utilities that may block near a deadline on a separate thread, so that the watch never blocks.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::backlog::Backlog;
use crate::invocation::Invocation;

/// An invocation, and the position of the utility in it to call.
pub(super) type Write = (Invocation, usize);

static WAITING: Backlog<Write> = Backlog::new();

/// Calls these utilities in order, after those that are already waiting.
pub(super) fn write(due: Vec<Write>) {
    if !WAITING.put(due) {
        return;
    }
    let thread = std::thread::Builder::new().name("powertools-writer".to_owned());
    if thread.spawn(run).is_err() {
        // Without a thread, the watch itself has to write: late is better than never.
        run();
    }
}

fn run() {
    while let Some((invocation, place)) = WAITING.next() {
        // Utilities are guarded, but dropping the last handle of an invocation drops their states.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            if let Some(member) = invocation.members().iter().nth(place) {
                invocation.notify_member(member);
            }
            drop(invocation);
        }));
    }
}
