//! [`tell`], which says through core what happened with a key.

use powertools_lambda_core::{Fact, Invocation};
use tracing::{debug, warn};

/// What happened with a key.
#[derive(Clone, Copy, Debug)]
pub(super) enum Event {
    Replayed,
    InProgress,
    TakenOver,
    LockLost,
}

/// Logs what happened, and passes it to the utilities of the invocation: the log key and the annotation `idempotency`.
///
/// An event that may mean a second effect is also counted, and is logged as a warning.
pub(super) fn tell(event: Event, key: &str) {
    let (word, metric) = match event {
        Event::Replayed => ("replayed", None),
        Event::InProgress => ("in_progress", None),
        Event::TakenOver => ("taken_over", Some("IdempotencyTakenOver")),
        Event::LockLost => ("lock_lost", Some("IdempotencyLockLost")),
    };
    match event {
        Event::Replayed => debug!(idempotency_key = key, "answer replayed"),
        Event::InProgress => debug!(idempotency_key = key, "another execution is in progress"),
        Event::TakenOver => warn!(
            idempotency_key = key,
            "an earlier execution did not end in time: taken over"
        ),
        Event::LockLost => warn!(
            idempotency_key = key,
            "the work took longer than its lock, and another execution began"
        ),
    }
    let Some(invocation) = Invocation::current() else {
        return;
    };
    let (name, value) = ("idempotency", || word.into());
    invocation.tell(&Fact::Key {
        key: name,
        value: value(),
    });
    invocation.tell(&Fact::Annotation {
        key: name,
        value: value(),
    });
    if let Some(name) = metric {
        invocation.tell(&Fact::Count { name, value: 1.0 });
    }
}
