//! The rows of the table, each with its rounds.

use std::path::Path;

use super::faults::{Out, Receiver, Trouble};
use super::mix::Mix;
use super::round::{End, Round};
use crate::ledger::{Due, Terms};

/// A row of the table: rounds with the same faults.
pub(super) struct Row {
    pub(super) name: &'static str,
    pub(super) rounds: Vec<Round>,
}

/// More invocations are several rounds, because the count of a round is in memory.
const ROUND: u64 = 100_000;

const CLOSED: &str = "standard output takes nothing, so its lines and values are not owed";
const ABSENT: &str = "no daemon receives, so spans are not owed";
const KILLED: &str = "the handler's own span is open when the process is killed at the deadline";
const CUT: &str = "an invocation without an answer owes each item at most once, and so do as many as run at once, \
                   which are between their answer and their end";

const TIMELESS: &str = "batches stop near the deadline and locks end, both by the clock, so that this row has neither";
const SMALL: &str = "no events of 6 MB: after one, the HTTP client of `lambda_runtime` keeps a read buffer of up to 408 KiB for \
                     each of its connections";

/// Returns the rows for about this many invocations. Without libfaketime, those in which the system clock jumps are missing.
pub(super) fn rows(invocations: u64, libfaketime: Option<&Path>) -> Vec<Row> {
    let mut rows = vec![
        Row::of("everything, 1 at once", share(invocations, 12), &Round::of(1)),
        Row::of("everything, 8 at once", share(invocations, 16), &Round::of(8)),
        Row::of("everything, 64 at once", share(invocations, 14), &Round::of(64)),
    ];
    rows.extend(services(invocations));
    rows.extend(outputs(invocations));
    rows.extend(times(invocations, libfaketime));
    // Handlers that hang take more than a second each, so that their number does not grow as the others.
    rows.extend(ends((invocations / 10_000).clamp(2, 40)));
    for (name, at_once) in [("memory at rest, 1 at once", 1), ("memory at rest, 8 at once", 8)] {
        let mut memory = Round {
            is_measured: true,
            mix: Mix {
                large: 0,
                ..Mix::everything(at_once)
            },
            ..Round::of(at_once)
        };
        memory.terms.reason = SMALL.to_owned();
        rows.push(Row {
            name,
            rounds: vec![memory.with(name, share(invocations, 10))],
        });
    }
    rows
}

/// Returns some hundredths of a number.
fn share(number: u64, hundredths: u64) -> u64 {
    number * hundredths / 100
}

/// A store and a daemon with faults.
fn services(invocations: u64) -> Vec<Row> {
    let store = Round {
        store: Trouble::Faulty,
        ..Round::of(8)
    };
    let name = "a store that throttles, resets, hangs and loses answers";
    let mut rows = vec![Row::of(name, share(invocations, 8), &store)];
    for (name, receiver, due, reason) in [
        ("no daemon", Receiver::Absent, Due::Nothing, ABSENT),
        ("a slow daemon", Receiver::Slow, Due::UnlessDropped, Terms::UDP),
        (
            "a daemon with a full buffer",
            Receiver::Full,
            Due::UnlessDropped,
            Terms::UDP,
        ),
    ] {
        let mut round = Round {
            receiver,
            ..Round::of(8)
        };
        round.terms.spans = due;
        round.terms.reason = reason.to_owned();
        rows.push(Row::of(name, share(invocations, 5), &round));
    }
    rows
}

/// A standard output with faults.
fn outputs(invocations: u64) -> Vec<Row> {
    let faults = [
        ("a slow standard output", Out::Slow),
        ("a closed standard output", Out::Closed),
        ("a full disk behind standard output", Out::Full),
    ];
    let row = |(name, out)| {
        let mut round = Round { out, ..Round::of(8) };
        if out != Out::Slow {
            round.terms.output = Due::Nothing;
            round.terms.reason = CLOSED.to_owned();
        }
        Row::of(name, share(invocations, 5), &round)
    };
    faults.into_iter().map(row).collect()
}

/// A process that stands still, and a clock that does not.
fn times(invocations: u64, libfaketime: Option<&Path>) -> Vec<Row> {
    let frozen = Round {
        freezes: true,
        ..Round::of(8)
    };
    let name = "frozen between and within invocations";
    let mut rows = vec![Row::of(name, share(invocations, 5), &frozen)];
    let core = [
        ("a clock that jumps by up to 25 seconds", 25_000, true),
        ("a clock that jumps by up to a day", 86_400_000, false),
    ];
    let system = [
        ("a system clock that jumps by up to 25 seconds", 25_000, true),
        ("a system clock that jumps by up to a day", 86_400_000, false),
    ];
    let core = core.map(|jumps| (jumps, None));
    let system = libfaketime.map(|library| system.map(|jumps| (jumps, Some(library.to_owned()))));
    for ((name, jump_ms, keeps_time), libfaketime) in core.into_iter().chain(system.into_iter().flatten()) {
        let mix = Mix {
            jump_ms,
            keeps_time,
            ..Mix::everything(8)
        };
        let mut round = Round {
            mix,
            libfaketime,
            ..Round::of(8)
        };
        if !keeps_time {
            round.terms.reason = TIMELESS.to_owned();
        }
        rows.push(Row::of(name, share(invocations, 3), &round));
    }
    rows
}

/// Processes that are ended in the middle.
fn ends(rounds: u64) -> Vec<Row> {
    const EACH: u64 = 100;
    let mut rows = Vec::new();
    for (name, at_once) in [
        ("hangs until it is killed, 1 at once", 1),
        ("hangs until it is killed, 64 at once", 64),
    ] {
        let mut round = Round {
            end: End::Hang,
            ..Round::of(at_once)
        };
        round.terms.reason = KILLED.to_owned();
        rows.push(Row::repeated(name, rounds, EACH, &round));
    }
    let mix = Mix {
        waits: false,
        ..Mix::everything(8)
    };
    let mut round = Round {
        end: End::Terminate,
        mix,
        ..Round::of(8)
    };
    round.terms.reason = KILLED.replace("killed at the deadline", "terminated");
    rows.push(Row::repeated("SIGTERM while 8 handlers hang", rounds, EACH, &round));
    round.end = End::TerminateMidway;
    round.terms.is_cut = true;
    round.terms.open_at_end = 8;
    round.terms.reason = CUT.to_owned();
    rows.push(Row::repeated(
        "SIGTERM in the middle of 8 at once",
        rounds,
        EACH,
        &round,
    ));
    rows
}

impl Row {
    fn of(name: &'static str, invocations: u64, round: &Round) -> Self {
        let count = invocations.div_ceil(ROUND).max(1);
        let rounds = (0..count).map(|index| {
            let of_this = invocations / count + u64::from(index < invocations % count);
            round.with(name, of_this)
        });
        Self {
            name,
            rounds: rounds.collect(),
        }
    }

    fn repeated(name: &'static str, rounds: u64, invocations: u64, round: &Round) -> Self {
        let rounds = (0..rounds).map(|_| round.with(name, invocations));
        Self {
            name,
            rounds: rounds.collect(),
        }
    }

    /// Returns why not everything is owed.
    pub(super) fn reason(&self) -> &str {
        self.rounds.first().map_or("", |round| &round.terms.reason)
    }

    pub(super) fn at_once(&self) -> usize {
        self.rounds.first().map_or(0, |round| round.at_once)
    }
}

impl Round {
    fn of(at_once: usize) -> Self {
        Self {
            at_once,
            invocations: 0,
            mix: Mix::everything(at_once),
            out: Out::Read,
            receiver: Receiver::Listening,
            store: Trouble::None,
            freezes: false,
            libfaketime: None,
            is_measured: false,
            end: End::Settled,
            terms: Terms::everything(""),
        }
    }

    fn with(&self, name: &str, invocations: u64) -> Self {
        let mut round = self.clone();
        round.terms.name = name.to_owned();
        round.invocations = invocations;
        round
    }
}
