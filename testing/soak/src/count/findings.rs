//! [`Findings`], the result of a count.

/// What can be wrong with an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It is owed and not there.
    Lost,
    /// It has data of another invocation.
    Mixed,
    /// It is there more often than it is owed.
    Doubled,
    /// It is not what its format demands, or nobody owes it.
    Invalid,
}

/// The result of a count.
#[derive(Clone, Debug, Default)]
pub struct Findings {
    /// The number of invocations in the ledger.
    pub invocations: u64,
    /// The number of items that are owed: lines, metric values, spans, answers and effects.
    pub owed: u64,
    /// The number of items that are not there for the reason that the ledger gives.
    pub excused: u64,
    counts: [u64; 4],
    /// Some of what is wrong, as text.
    pub examples: Vec<String>,
}

/// How many texts are kept of each count.
const EXAMPLES: usize = 40;

impl Findings {
    /// Returns how often something is wrong.
    pub fn of(&self, kind: Kind) -> u64 {
        self.counts[kind as usize]
    }

    /// Returns whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.counts == [0; 4]
    }

    /// Notes that something is wrong.
    pub fn note(&mut self, kind: Kind, what: impl FnOnce() -> String) {
        self.counts[kind as usize] += 1;
        if self.examples.len() < EXAMPLES {
            let mut text = format!("{kind:?}: {}", what());
            text.truncate(text.floor_char_boundary(600));
            self.examples.push(text);
        }
    }

    /// Adds another count.
    pub fn add(&mut self, other: Self) {
        self.invocations += other.invocations;
        self.owed += other.owed;
        self.excused += other.excused;
        for (count, more) in self.counts.iter_mut().zip(other.counts) {
            *count += more;
        }
        self.examples.extend(other.examples);
        self.examples.truncate(EXAMPLES);
    }
}
