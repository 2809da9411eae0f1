//! [`Queue`], the spans that wait to be sent.

use std::collections::VecDeque;

use opentelemetry_sdk::trace::SpanData;

use crate::size::{attribute_len, encoded_len};

/// The limits of a queue and of the requests from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Spans that wait.
    pub(crate) queue: usize,
    /// Bytes that wait.
    pub(crate) queue_bytes: usize,
    /// Spans of a request.
    pub(crate) batch: usize,
    /// Bytes of a request.
    pub(crate) batch_bytes: usize,
    /// Bytes of a span.
    pub(crate) span_bytes: usize,
}

/// The spans that wait to be sent, within limits: the oldest make room for new ones.
#[derive(Debug)]
pub(crate) struct Queue {
    limits: Limits,
    waiting: VecDeque<Waiting>,
    bytes: usize,
}

/// A span that waits.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) span: SpanData,
    /// How often sending it failed.
    pub(crate) attempts: u8,
    bytes: usize,
}

/// How often a span is sent at most, so that a span that is always refused does not hold up others.
const MAX_ATTEMPTS: u8 = 3;

impl Queue {
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            limits,
            waiting: VecDeque::new(),
            bytes: 0,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Adds a span; returns how many values were left out because it was too large.
    pub(crate) fn push(&mut self, mut span: SpanData) -> u32 {
        let (bytes, cut) = fit(&mut span, self.limits.span_bytes);
        self.bytes += bytes;
        self.waiting.push_back(Waiting {
            span,
            attempts: 0,
            bytes,
        });
        cut
    }

    /// Drops the oldest spans if there are too many; returns how many.
    pub(crate) fn make_room(&mut self) -> u64 {
        let mut dropped = 0;
        while self.waiting.len() > self.limits.queue || self.bytes > self.limits.queue_bytes {
            let Some(oldest) = self.waiting.pop_front() else { break };
            self.bytes -= oldest.bytes;
            dropped += 1;
        }
        dropped
    }

    /// Drops all spans; returns how many.
    pub(crate) fn clear(&mut self) -> u64 {
        self.bytes = 0;
        self.waiting.drain(..).count() as u64
    }

    /// Takes the oldest spans that fit into one request.
    pub(crate) fn take(&mut self) -> Vec<Waiting> {
        let mut bytes = 0;
        let fits = |waiting: &&Waiting| {
            bytes += waiting.bytes;
            bytes <= self.limits.batch_bytes
        };
        // At least one, or the queue would never become empty.
        let count = self
            .waiting
            .iter()
            .take(self.limits.batch)
            .take_while(fits)
            .count()
            .max(1);
        let taken: Vec<_> = self.waiting.drain(..count.min(self.waiting.len())).collect();
        self.bytes -= taken.iter().map(|waiting| waiting.bytes).sum::<usize>();
        taken
    }

    /// Puts back spans that could not be sent; returns how many are given up.
    pub(crate) fn put_back(&mut self, batch: Vec<Waiting>) -> u64 {
        let mut given_up = 0;
        for mut waiting in batch.into_iter().rev() {
            waiting.attempts += 1;
            if waiting.attempts >= MAX_ATTEMPTS {
                given_up += 1;
            } else {
                self.bytes += waiting.bytes;
                self.waiting.push_front(waiting);
            }
        }
        given_up + self.make_room()
    }
}

/// Leaves out the largest values of a span that is too large; returns its size, and how many values were left out.
fn fit(span: &mut SpanData, limit: usize) -> (usize, u32) {
    let mut bytes = encoded_len(span);
    let mut cut = 0;
    while bytes > limit {
        let largest = span
            .attributes
            .iter()
            .enumerate()
            .max_by_key(|(_, attribute)| attribute_len(attribute));
        if let Some((at, attribute)) = largest {
            bytes -= attribute_len(attribute);
            span.attributes.swap_remove(at);
            span.dropped_attributes_count += 1;
        } else if span.events.events.pop().is_some() {
            span.events.dropped_count += 1;
            bytes = encoded_len(span);
        } else {
            break;
        }
        cut += 1;
    }
    (bytes, cut)
}

#[cfg(test)]
mod tests;
