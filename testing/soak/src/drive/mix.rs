//! [`Mix`], how often each act occurs.

use crate::event::Act;

/// How often each act occurs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mix {
    /// Whether acts occur that wait, so that they may be cut.
    pub(super) waits: bool,
    /// By how many milliseconds the clock jumps at most. If 0, it does not.
    pub(super) jump_ms: i64,
    /// Whether acts occur that go by the time on the clock: batches stop at the deadline, and locks end.
    pub(super) keeps_time: bool,
    /// Of 10,000 invocations, those that answer after their deadline: each takes half a second.
    pub(super) late: u32,
    /// Of 10,000 invocations, those with the largest event.
    pub(super) large: u32,
}

/// Of 10,000 invocations; the rest is plain.
const PARTS: [(Act, u32); 10] = [
    (Act::Slow, 300),
    (Act::Error, 600),
    (Act::Panic, 400),
    (Act::PanicInCall, 300),
    (Act::Dropped, 600),
    (Act::Outlives, 600),
    (Act::Undecodable, 300),
    (Act::Batch, 700),
    (Act::Http, 600),
    (Act::Idempotent, 1_200),
];

impl Mix {
    /// Returns all acts.
    pub(super) fn everything(at_once: usize) -> Self {
        Self {
            waits: true,
            jump_ms: 0,
            keeps_time: true,
            late: if at_once == 1 { 2 } else { 10 },
            large: 4,
        }
    }

    /// Returns a random act.
    pub(super) fn act(self, random: &mut fastrand::Rng) -> Act {
        let mut number = random.u32(..10_000);
        for (act, part) in PARTS
            .into_iter()
            .chain([(Act::Late, self.late), (Act::Large, self.large)])
        {
            if number < part {
                let waits = matches!(act, Act::Late | Act::Outlives);
                let keeps_time = matches!(act, Act::Batch | Act::Idempotent);
                let occurs = (self.waits || !waits) && (self.keeps_time || !keeps_time);
                return if occurs { act } else { Act::Plain };
            }
            number -= part;
        }
        Act::Plain
    }
}
