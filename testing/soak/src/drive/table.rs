//! The table of a soak, in Markdown.

use std::fmt::Write as _;

use crate::count::{Findings, Kind};
use crate::ledger::Terms;

/// A finished row.
pub(super) struct Line {
    pub(super) name: String,
    pub(super) at_once: usize,
    pub(super) reason: String,
    pub(super) findings: Findings,
    pub(super) seconds: f64,
    /// The number of invocations, the live bytes of the heap after them, and the resident bytes.
    pub(super) memory: Vec<(usize, u64, u64)>,
}

/// How much the live bytes may grow, in hundredths, if invocations run one after the other.
const GROWTH: u64 = 102;

/// How much they may grow if several run at once. The more of them are at their largest at the same moment, the more memory is
/// kept for the next ones, and such moments are rare.
const GROWTH_AT_ONCE: u64 = 110;

/// After fewer invocations, buffers still grow to the size of the rarest events.
const ENOUGH: usize = 100_000;

impl Line {
    /// Returns whether the heap grew by more than it may.
    pub(super) fn has_grown(&self) -> bool {
        let growth = if self.at_once == 1 { GROWTH } else { GROWTH_AT_ONCE };
        match self.memory[..] {
            [(_, first, _), .., (ENOUGH.., last, _)] => last * 100 > first * growth,
            _ => false,
        }
    }
}

/// Returns the table.
pub(super) fn table(lines: &[Line]) -> String {
    let mut text = "| | at once | invocations | owed | lost | mixed | doubled | invalid | not owed |\n\
                    |---|---:|---:|---:|---:|---:|---:|---:|---:|\n"
        .to_owned();
    let mut reasons: Vec<&str> = Vec::new();
    for line in lines {
        let found = &line.findings;
        let mark = match reasons.iter().position(|reason| *reason == line.reason) {
            _ if line.reason == Terms::UDP && found.excused == 0 => String::new(),
            Some(place) => format!(" <sup>{}</sup>", place + 1),
            None => {
                reasons.push(&line.reason);
                format!(" <sup>{}</sup>", reasons.len())
            }
        };
        let counts = [Kind::Lost, Kind::Mixed, Kind::Doubled, Kind::Invalid].map(|kind| grouped(found.of(kind)));
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {}{mark} |",
            line.name,
            line.at_once,
            grouped(found.invocations),
            grouped(found.owed),
            counts.join(" | "),
            grouped(found.excused),
        );
    }
    let mut total = Findings::default();
    for line in lines {
        total.add(line.findings.clone());
    }
    let counts = [Kind::Lost, Kind::Mixed, Kind::Doubled, Kind::Invalid].map(|kind| grouped(total.of(kind)));
    let _ = writeln!(
        text,
        "| all | | {} | {} | {} | {} |",
        grouped(total.invocations),
        grouped(total.owed),
        counts.join(" | "),
        grouped(total.excused),
    );
    for (place, reason) in reasons.iter().enumerate() {
        let _ = write!(text, "\n<sup>{}</sup> {reason}.\n", place + 1);
    }
    for line in lines {
        for (count, live, resident) in line.memory.iter().take(1).chain(line.memory.iter().skip(1).last()) {
            let (live, resident) = (grouped(*live), grouped(*resident));
            let count = grouped(*count as u64);
            let _ = write!(
                text,
                "\nAfter {count} invocations, {} at once: {live} live bytes on the heap, {resident} resident.\n",
                line.at_once
            );
        }
    }
    text
}

/// Returns a number with commas between its thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }

    #[test]
    fn a_heap_may_grow_by_two_percent_or_by_ten_if_several_run_at_once() {
        let line = |at_once, first, last| Line {
            name: String::new(),
            at_once,
            reason: String::new(),
            findings: Findings::default(),
            seconds: 0.0,
            memory: vec![(1, first, 0), (10, 9_999, 0), (ENOUGH, last, 0)],
        };
        assert!(!line(1, 1_000, 1_020).has_grown());
        assert!(line(1, 1_000, 1_021).has_grown());
        assert!(!line(8, 1_000, 1_100).has_grown());
        assert!(line(8, 1_000, 1_101).has_grown());
    }
}
