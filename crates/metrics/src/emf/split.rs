//! `split`, which distributes the values of metrics to documents within CloudWatch's limits.

use powertools_lambda_core::json;

use crate::document::store::Metric;

/// The maximum number of metrics in a document.
pub(crate) const MAX_METRICS: usize = 100;

/// The maximum number of values of a metric in one document.
pub(crate) const MAX_VALUES: usize = 100;

/// The length of the longest value, `-1.7976931348623157e+308`, and its comma.
const MAX_VALUE_SIZE: usize = 25;

/// A range of the values of a metric.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Part {
    pub(crate) metric: usize,
    pub(crate) from: usize,
    pub(crate) to: usize,
}

/// Returns whether the metrics certainly fit into one document with `room` bytes for them.
pub(crate) fn fits<'m>(metrics: impl Iterator<Item = &'m Metric>, room: usize) -> bool {
    let (mut count, mut size) = (0, 0);
    for metric in metrics {
        let values = metric.values.len();
        count += 1;
        size += size_without_values(metric) + values * MAX_VALUE_SIZE;
        if values > MAX_VALUES || count > MAX_METRICS || size > room {
            return false;
        }
    }
    true
}

/// Distributes the metrics' values to as few documents as the limits allow.
///
/// A metric with many values needs a document for each 100 of them, so each document takes the metrics with the most
/// remaining values first. If the number of metrics and values decides, no other order needs fewer documents. If the
/// length of the line decides, each document is filled before the next one begins.
pub(crate) fn split(metrics: &[&Metric], room: usize) -> Vec<Vec<Part>> {
    let mut written = vec![0; metrics.len()];
    let mut documents = Vec::new();
    loop {
        let left = |metric: usize, written: &[usize]| metrics[metric].values.len() - written[metric];
        let mut open: Vec<usize> = (0..metrics.len())
            .filter(|&metric| left(metric, &written) > 0)
            .collect();
        open.sort_by_key(|&metric| std::cmp::Reverse(left(metric, &written).div_ceil(MAX_VALUES)));
        let (mut document, mut free) = (Vec::new(), room);
        for metric in open {
            if document.len() == MAX_METRICS {
                break;
            }
            let from = written[metric];
            let (count, size) = take(metrics[metric], from, free);
            if count > 0 {
                free -= size;
                written[metric] += count;
                document.push(Part {
                    metric,
                    from,
                    to: from + count,
                });
            }
        }
        if document.is_empty() {
            return documents;
        }
        // In the order in which the metrics were added, as in a document that is not split.
        document.sort_by_key(|part| part.metric);
        documents.push(document);
    }
}

/// Returns how many values, starting at `from`, fit into a document with `free` bytes, and how many bytes they take.
fn take(metric: &Metric, from: usize, free: usize) -> (usize, usize) {
    let mut text = Vec::with_capacity(MAX_VALUE_SIZE);
    let (mut count, mut size) = (0, size_without_values(metric));
    for value in metric.values.iter().skip(from).take(MAX_VALUES) {
        text.clear();
        json::write_f64(&mut text, *value);
        size += text.len() + 1;
        if size > free {
            return (count, size - text.len() - 1);
        }
        count += 1;
    }
    (count, size)
}

/// Returns how many bytes a metric takes in a line without its values: declaration, key, commas and brackets.
fn size_without_values(metric: &Metric) -> usize {
    metric.definition.len() + metric.member.len() + 3
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::document::store::Store;
    use crate::document::value::Merge;
    use crate::{Resolution, Unit};

    fn store(counts: &[usize], digits: f64) -> Store {
        let mut store = Store::default();
        for (number, count) in counts.iter().enumerate() {
            let at = store.insert(format!("m{number:03}").into(), Unit::Count, Resolution::Standard);
            for _ in 0..*count {
                store.add(at, (Unit::Count, Resolution::Standard), digits, Merge::Append);
            }
        }
        store
    }

    fn size_of(document: &[Part], metrics: &[&Metric], value: usize) -> usize {
        let size = |part: &Part| size_without_values(metrics[part.metric]) + (part.to - part.from) * value;
        document.iter().map(size).sum()
    }

    proptest! {
        #[test]
        fn there_are_as_few_documents_as_possible_and_every_value_is_in_one(
            counts in proptest::collection::vec(prop_oneof![4 => 1_usize..4, 1 => 90_usize..350], 1..260),
        ) {
            let store = store(&counts, 1.0);
            let metrics: Vec<&Metric> = store.metrics().iter().collect();
            let documents = split(&metrics, usize::MAX);
            let slices: Vec<usize> = counts.iter().map(|count| count.div_ceil(MAX_VALUES)).collect();
            let needed = slices.iter().copied().max().unwrap().max(slices.iter().sum::<usize>().div_ceil(MAX_METRICS));
            prop_assert_eq!(documents.len(), needed);
            prop_assert_eq!(fits(metrics.iter().copied(), usize::MAX), needed == 1);
            let mut dealt = vec![0; counts.len()];
            for document in &documents {
                prop_assert!(document.len() <= MAX_METRICS);
                for part in document {
                    prop_assert!(part.to - part.from <= MAX_VALUES);
                    prop_assert_eq!(part.from, dealt[part.metric]);
                    dealt[part.metric] = part.to;
                }
            }
            prop_assert_eq!(dealt, counts);
        }

        #[test]
        fn if_the_line_length_decides_every_document_but_the_last_is_full(
            counts in proptest::collection::vec(1_usize..90, 1..90),
            room in 200_usize..4_000,
        ) {
            const VALUE: usize = 6; // 0.125 and its comma
            let store = store(&counts, 0.125);
            let metrics: Vec<&Metric> = store.metrics().iter().collect();
            let documents = split(&metrics, room);
            let largest = size_without_values(metrics[0]) + VALUE;
            for (number, document) in documents.iter().enumerate() {
                let size = size_of(document, &metrics, VALUE);
                prop_assert!(size <= room);
                prop_assert!(number + 1 == documents.len() || size + largest > room, "{} of {}", size, room);
            }
            let values: usize = documents.iter().flatten().map(|part| part.to - part.from).sum();
            prop_assert_eq!(values, counts.iter().sum::<usize>());
        }
    }
}
