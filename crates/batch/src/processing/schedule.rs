//! `Schedule`, the order in which records are started.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

use crate::{BatchRecord, DeliveryOrder, FailurePolicy};

/// The records that are still to be started.
///
/// Always returns the first record that may be started, so that a stream's checkpoint advances as far as possible. A
/// record that must wait for another one of its group is returned only after that one has finished.
#[derive(Debug)]
pub(crate) struct Schedule {
    order: Order,
    failure_policy: FailurePolicy,
    stopped: bool,
}

#[derive(Debug)]
enum Order {
    /// In the order of delivery: all records are independent, or run one after the other.
    Plain { next: usize, len: usize },
    Grouped {
        /// The next record of the group, for each record.
        successor: Vec<Option<usize>>,
        startable: BinaryHeap<Reverse<usize>>,
    },
}

impl Schedule {
    pub(crate) fn new<R: BatchRecord>(
        records: &[R],
        delivery: DeliveryOrder,
        failure_policy: Option<FailurePolicy>,
        concurrency: usize,
    ) -> Self {
        let failure_policy = failure_policy_of(delivery, failure_policy);
        let side_by_side = concurrency > 1 && delivery != DeliveryOrder::Unordered;
        let order = if side_by_side || failure_policy == FailurePolicy::SkipGroup {
            grouped(records)
        } else {
            Order::Plain {
                next: 0,
                len: records.len(),
            }
        };
        Self {
            order,
            failure_policy,
            stopped: false,
        }
    }

    /// Returns the record to start now.
    #[inline]
    pub(crate) fn next(&mut self) -> Option<usize> {
        if self.stopped {
            return None;
        }
        match &mut self.order {
            Order::Plain { next, len } if *next < *len => {
                *next += 1;
                Some(*next - 1)
            }
            Order::Plain { .. } => None,
            Order::Grouped { startable, .. } => startable.pop().map(|Reverse(index)| index),
        }
    }

    /// Returns whether [`next`](Self::next) would return a record.
    pub(crate) fn has_next(&self) -> bool {
        !self.stopped
            && match &self.order {
                Order::Plain { next, len } => next < len,
                Order::Grouped { startable, .. } => !startable.is_empty(),
            }
    }

    /// Records that a record has finished.
    pub(crate) fn finished(&mut self, index: usize, done: bool) {
        if !done && self.failure_policy == FailurePolicy::Stop {
            self.stopped = true;
        }
        if let Order::Grouped { successor, startable } = &mut self.order
            && (done || self.failure_policy == FailurePolicy::Continue)
            && let Some(next) = successor.get_mut(index).and_then(Option::take)
        {
            startable.push(Reverse(next));
        }
    }
}

fn failure_policy_of(delivery: DeliveryOrder, chosen: Option<FailurePolicy>) -> FailurePolicy {
    match (delivery, chosen) {
        (DeliveryOrder::Fifo, Some(FailurePolicy::Continue)) | (DeliveryOrder::Partitions, None) => {
            FailurePolicy::SkipGroup
        }
        (_, Some(chosen)) => chosen,
        (DeliveryOrder::Unordered, None) => FailurePolicy::Continue,
        (DeliveryOrder::Fifo | DeliveryOrder::Stream, None) => FailurePolicy::Stop,
    }
}

fn grouped<R: BatchRecord>(records: &[R]) -> Order {
    let mut successor = vec![None; records.len()];
    let mut startable = BinaryHeap::new();
    let mut last_of = HashMap::new();
    for (index, record) in records.iter().enumerate() {
        let before = record.group().and_then(|group| last_of.insert(group, index));
        match before {
            Some(before) => successor[before] = Some(index),
            None => startable.push(Reverse(index)),
        }
    }
    Order::Grouped { successor, startable }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;

    struct In(Option<&'static str>);

    impl BatchRecord for In {
        fn id(&self) -> Option<Cow<'_, str>> {
            None
        }

        fn group(&self) -> Option<Cow<'_, str>> {
            self.0.map(Cow::Borrowed)
        }
    }

    const TWO_GROUPS: [In; 5] = [In(Some("a")), In(Some("a")), In(Some("b")), In(None), In(Some("b"))];

    fn startable(schedule: &mut Schedule) -> Vec<usize> {
        std::iter::from_fn(|| schedule.next()).collect()
    }

    #[test]
    fn the_first_of_each_group_may_start_and_the_next_when_it_is_done() {
        let mut schedule = Schedule::new(&TWO_GROUPS, DeliveryOrder::Stream, None, 8);
        assert_eq!(startable(&mut schedule), [0, 2, 3]);
        schedule.finished(2, true);
        schedule.finished(0, true);
        assert_eq!(startable(&mut schedule), [1, 4]);
    }

    #[test]
    fn one_at_a_time_is_the_order_of_delivery() {
        for failure_policy in [FailurePolicy::Continue, FailurePolicy::SkipGroup] {
            let mut schedule = Schedule::new(&TWO_GROUPS, DeliveryOrder::Stream, Some(failure_policy), 1);
            for expected in 0..TWO_GROUPS.len() {
                assert_eq!(schedule.next(), Some(expected));
                schedule.finished(expected, true);
            }
            assert_eq!(schedule.next(), None);
        }
    }

    #[test]
    fn a_failure_stops_the_records_that_the_policy_names() {
        for (delivery, chosen, left) in [
            (DeliveryOrder::Unordered, None, vec![1, 2, 3, 4]),
            (DeliveryOrder::Fifo, None, vec![]),
            (DeliveryOrder::Stream, None, vec![]),
            (DeliveryOrder::Partitions, None, vec![2, 3]),
            (DeliveryOrder::Fifo, Some(FailurePolicy::SkipGroup), vec![2, 3]),
            (DeliveryOrder::Fifo, Some(FailurePolicy::Continue), vec![2, 3]),
            (DeliveryOrder::Stream, Some(FailurePolicy::Continue), vec![1, 2, 3, 4]),
        ] {
            let mut schedule = Schedule::new(&TWO_GROUPS, delivery, chosen, 1);
            assert_eq!(schedule.next(), Some(0));
            schedule.finished(0, false);
            let mut seen = Vec::new();
            while let Some(index) = schedule.next() {
                seen.push(index);
                // The successor of 2 is 4; leave it out where groups matter.
                schedule.finished(index, index != 2);
            }
            assert_eq!(seen, left, "{delivery:?} {chosen:?}");
        }
    }
}
