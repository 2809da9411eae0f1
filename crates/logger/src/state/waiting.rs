//! `Waiting`, the buffered records of one invocation.

use std::collections::VecDeque;

/// The buffered records of one invocation, oldest first, in one allocation.
#[derive(Debug, Default)]
pub(crate) struct Waiting {
    bytes: VecDeque<u8>,
    lengths: VecDeque<usize>,
    evicted: bool,
    /// Whether no further records are buffered.
    closed: bool,
}

/// Whether a record was buffered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kept {
    /// It is buffered.
    Waits,
    /// It is larger than the whole buffer.
    TooLarge,
    /// The buffer is closed, because nothing would flush it later.
    Closed,
}

/// Records taken from the buffer, to be written.
#[derive(Debug, Default)]
pub(crate) struct Flushed {
    bytes: Vec<u8>,
    lengths: VecDeque<usize>,
    /// Whether older records were dropped.
    pub(crate) evicted: bool,
}

impl Waiting {
    /// Buffers a record, unless it is larger than `max_bytes`; drops the oldest ones if there is not enough room.
    pub(crate) fn push(&mut self, line: &[u8], max_bytes: usize) -> Kept {
        if self.closed {
            return Kept::Closed;
        }
        if line.len() > max_bytes {
            return Kept::TooLarge;
        }
        while self.bytes.len() + line.len() > max_bytes {
            let Some(length) = self.lengths.pop_front() else { break };
            self.bytes.drain(..length);
            self.evicted = true;
        }
        self.bytes.extend(line);
        self.lengths.push_back(line.len());
        Kept::Waits
    }

    /// Stops buffering: no further records are accepted.
    pub(crate) fn close(&mut self) {
        self.closed = true;
    }

    /// Takes all records.
    pub(crate) fn take(&mut self) -> Flushed {
        Flushed {
            bytes: std::mem::take(&mut self.bytes).into(),
            lengths: std::mem::take(&mut self.lengths),
            evicted: std::mem::take(&mut self.evicted),
        }
    }
}

impl Flushed {
    /// Returns the records, oldest first, each with its newline.
    pub(crate) fn lines(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.bytes.as_slice();
        self.lengths.iter().map_while(move |length| {
            let (line, others) = rest.split_at_checked(*length)?;
            rest = others;
            Some(line)
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(flushed: &Flushed) -> Vec<Vec<u8>> {
        flushed.lines().map(<[u8]>::to_vec).collect()
    }

    #[test]
    fn the_oldest_records_are_dropped() {
        let mut waiting = Waiting::default();
        for line in [b"aaaa", b"bbbb", b"cccc"] {
            assert_eq!(waiting.push(line, 9), Kept::Waits);
        }
        let flushed = waiting.take();
        assert_eq!(lines(&flushed), [b"bbbb", b"cccc"]);
        assert!(flushed.evicted);
        assert!(!waiting.take().evicted, "an eviction is reported once");
    }

    #[test]
    fn a_record_larger_than_the_buffer_does_not_fit_and_evicts_nothing() {
        let mut waiting = Waiting::default();
        assert_eq!(waiting.push(b"aaaa", 4), Kept::Waits);
        assert_eq!(waiting.push(b"bbbbb", 4), Kept::TooLarge);
        assert_eq!(lines(&waiting.take()), [b"aaaa"]);
    }

    #[test]
    fn a_closed_buffer_accepts_no_records() {
        let mut waiting = Waiting::default();
        waiting.push(b"aaaa", 9);
        waiting.close();
        assert_eq!(waiting.push(b"bbbb", 9), Kept::Closed);
        assert_eq!(lines(&waiting.take()), [b"aaaa"]);
        assert_eq!(waiting.push(b"cccc", 9), Kept::Closed, "it stays closed");
    }

    proptest! {
        #[test]
        fn the_newest_records_that_fit_are_kept(
            records in prop::collection::vec(prop::collection::vec(any::<u8>(), 1..20), 0..40),
            max in 0_usize..200,
        ) {
            let mut waiting = Waiting::default();
            let mut fitting = Vec::new();
            for record in &records {
                if waiting.push(record, max) == Kept::Waits {
                    fitting.push(record.clone());
                }
            }
            let flushed = waiting.take();
            let kept = lines(&flushed);
            prop_assert!(kept.iter().map(Vec::len).sum::<usize>() <= max);
            prop_assert!(fitting.ends_with(&kept));
            prop_assert_eq!(flushed.evicted, kept.len() < fitting.len());
        }
    }
}
