//! [`count`], which compares what came out of a round with what its ledger says.

use std::collections::HashMap;

use anyhow::Result;

use super::answers;
use super::capture::Capture;
use super::datagrams;
use super::findings::{Findings, Kind};
use super::output;
use super::sight::{Seen, Sight};
use crate::ledger::{Due, Entry, Ledger, Terms};

/// Counts what came out of a round.
///
/// # Errors
///
/// Returns an error if a file cannot be read.
pub fn count(capture: &Capture, ledger: &Ledger) -> Result<Findings> {
    let mut sight = Sight::default();
    sight
        .seen
        .extend(ledger.entries.keys().map(|number| (*number, Seen::default())));
    capture.lines(|line| output::read(line, &mut sight))?;
    capture.datagrams(|datagram| datagrams::read(datagram, &mut sight))?;
    capture.answers(|posted| answers::read(&posted, ledger, &mut sight))?;
    let Sight {
        seen,
        effects,
        cold_starts,
        findings,
    } = sight;
    let mut comparison = Comparison {
        terms: &ledger.terms,
        findings,
        open_at_end: 0,
        without_spans: 0,
        lost_spans: Vec::new(),
        lost_at_end: Vec::new(),
    };
    for (number, entry) in &ledger.entries {
        if let Some(seen) = seen.get(number) {
            comparison.entry(entry, seen);
        }
    }
    comparison.groups(ledger, &effects);
    if ledger.terms.output == Due::Exactly {
        let process = Entry::default();
        comparison.items(
            "cold start",
            &process,
            vec![()],
            vec![(); usize::try_from(cold_starts)?],
            &[],
            true,
        );
    }
    Ok(comparison.finish(capture.dropped()))
}

struct Comparison<'l> {
    terms: &'l Terms,
    findings: Findings,
    open_at_end: u32,
    without_spans: u64,
    lost_spans: Vec<String>,
    lost_at_end: Vec<String>,
}

impl Comparison<'_> {
    fn entry(&mut self, entry: &Entry, seen: &Seen) {
        self.findings.invocations += 1;
        let is_answered = seen.answers > 0;
        if !entry.answers.is_empty() {
            self.findings.owed += 1;
            match seen.answers {
                1 => {}
                0 if self.terms.is_cut => self.findings.excused += 1,
                0 => self
                    .findings
                    .note(Kind::Lost, || format!("the answer of {}", entry.number)),
                _ => self
                    .findings
                    .note(Kind::Doubled, || format!("the answer of {}", entry.number)),
            }
        }
        let mut missing = Vec::new();
        if self.terms.output == Due::Exactly {
            let lines = (entry.lines.clone(), seen.lines.clone());
            missing.extend(self.items("line", entry, lines.0, lines.1, &entry.optional, false));
            let values = (entry.values.clone(), seen.values.clone());
            missing.extend(self.items("value", entry, values.0, values.1, &[], false));
        }
        let mut spans = Vec::new();
        if self.terms.spans != Due::Nothing {
            spans = self.items("span", entry, entry.spans.clone(), seen.spans.clone(), &[], false);
        }
        if self.terms.is_cut && !is_answered && !entry.answers.is_empty() {
            self.findings.excused += (missing.len() + spans.len()) as u64;
        } else if self.terms.is_cut && !entry.answers.is_empty() {
            missing.append(&mut spans);
            self.open_at_end += u32::from(!missing.is_empty());
            self.lost_at_end.append(&mut missing);
        } else {
            self.lose(missing);
            self.without_spans += u64::from(!spans.is_empty());
            self.lost_spans.append(&mut spans);
        }
    }

    /// Compares two lists, and returns what is missing in the second; notes what is there too often, or without being owed.
    fn items<T: Ord + std::fmt::Debug>(
        &mut self,
        what: &str,
        entry: &Entry,
        mut owed: Vec<T>,
        mut seen: Vec<T>,
        optional: &[T],
        notes_lost: bool,
    ) -> Vec<String> {
        self.findings.owed += owed.len() as u64;
        owed.sort_unstable();
        seen.sort_unstable();
        let number = entry.number;
        let mut missing = Vec::new();
        let mut rest = seen.into_iter().peekable();
        let mut last: Option<T> = None;
        let surplus = |findings: &mut Findings, item: &T, last: Option<&T>, next: Option<&T>| {
            if last == Some(item) || next == Some(item) {
                findings.note(Kind::Doubled, || format!("{what} {item:?} of {number}"));
            } else if !optional.contains(item) {
                findings.note(Kind::Invalid, || format!("nobody owes the {what} {item:?} of {number}"));
            }
        };
        for item in owed {
            while let Some(before) = rest.next_if(|seen| *seen < item) {
                surplus(&mut self.findings, &before, last.as_ref(), rest.peek());
            }
            if rest.next_if(|seen| *seen == item).is_none() {
                missing.push(format!("the {what} {item:?} of {number}"));
            }
            last = Some(item);
        }
        while let Some(after) = rest.next() {
            surplus(&mut self.findings, &after, last.as_ref(), rest.peek());
        }
        if notes_lost {
            self.lose(std::mem::take(&mut missing));
        }
        missing
    }

    fn groups(&mut self, ledger: &Ledger, effects: &HashMap<u64, Vec<u64>>) {
        let mut members_of: HashMap<u64, &[u64]> = HashMap::new();
        for group in &ledger.groups {
            members_of.insert(group.key, &group.members);
            if self.terms.output != Due::Exactly {
                continue;
            }
            let count = effects.get(&group.key).map_or(0, Vec::len);
            self.findings.owed += u64::from(group.is_certain);
            if count == 0 && group.is_certain && !self.terms.is_cut {
                self.findings
                    .note(Kind::Lost, || format!("the effect of key {}", group.key));
            }
            for _ in 1..count {
                self.findings
                    .note(Kind::Doubled, || format!("the effect of key {}", group.key));
            }
        }
        for (key, numbers) in effects {
            for number in numbers {
                if !members_of.get(key).is_some_and(|members| members.contains(number)) {
                    self.findings
                        .note(Kind::Mixed, || format!("{number} had the effect of key {key}"));
                }
            }
        }
    }

    fn finish(mut self, dropped: u64) -> Findings {
        if self.without_spans <= dropped && self.terms.spans == Due::UnlessDropped {
            self.findings.excused += self.lost_spans.len() as u64;
        } else {
            let lost = std::mem::take(&mut self.lost_spans);
            self.lose(lost);
        }
        if self.open_at_end <= self.terms.open_at_end {
            self.findings.excused += self.lost_at_end.len() as u64;
        } else {
            let lost = std::mem::take(&mut self.lost_at_end);
            self.lose(lost);
        }
        self.findings
    }

    fn lose(&mut self, missing: Vec<String>) {
        for item in missing {
            self.findings.note(Kind::Lost, || item);
        }
    }
}
